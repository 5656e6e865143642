using System.Text.Json;
using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tokenization.Templates;

/// <summary>Finds the chat template that comes with a model: GGUF's <c>tokenizer.chat_template</c>; a folder's <c>chat_template.jinja</c>, or the <c>chat_template</c> of its <c>tokenizer_config.json</c> (of several, the one named <c>default</c>).</summary>
public static class TemplateSource
{
    const long MaxBytes = 16 << 20;

    /// <summary>The source of a model's template, or null where it has none. The model may be a vocabulary alone.</summary>
    /// <param name="path">A GGUF file or a folder.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ModelFormatException">A file is not what it must be.</exception>
    public static string? Read(string path)
    {
        if (Directory.Exists(path))
        {
            return ReadFolder(path);
        }

        using GgufFile file = GgufFile.Open(path);
        return Read(file);
    }

    /// <summary>The source of the template of a model that is open already, or null where it has none.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="ModelFormatException">A file is not what it must be.</exception>
    public static string? Read(ModelFile file)
    {
        const string Key = "tokenizer.chat_template";
        return file.Metadata.Contains(Key) ? file.Metadata.String(Key) : Directory.Exists(file.Path) ? ReadFolder(file.Path) : null;
    }

    static string? ReadFolder(string folder)
    {
        string jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja))
        {
            return File.ReadAllText(jinja);
        }

        string config = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(config))
        {
            return null;
        }

        using SourceFile file = new(config);
        using JsonDocument document = JsonFile.Read(file, MaxBytes);
        return document.RootElement.TryGetProperty("chat_template", out JsonElement template) ? Read(config, template) : null;
    }

    static string? Read(string config, JsonElement template)
    {
        const string Expected = "a text, or an array of objects with name and template";
        switch (template.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return template.GetString();
            case JsonValueKind.Array:
                foreach (JsonElement named in template.EnumerateArray())
                {
                    if (named.ValueKind != JsonValueKind.Object || Text(named, "name") is not { } name || Text(named, "template") is not { } source)
                    {
                        break;
                    }

                    if (name == "default")
                    {
                        return source;
                    }
                }

                throw new ModelFormatException(config, "chat_template", -1, $"{Expected}, one of them named default", "another array");
            default:
                throw new ModelFormatException(config, "chat_template", -1, Expected, template.ValueKind.ToString());
        }
    }

    static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
