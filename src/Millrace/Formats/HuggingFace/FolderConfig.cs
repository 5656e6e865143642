using System.Text.Json;

namespace Millrace.Formats.HuggingFace;

/// <summary>What a folder's config.json says by itself, weights or none: enough to plan a model, not to run it.</summary>
public sealed class FolderConfig
{
    const string Name = "config.json";
    const long MaxBytes = 16 << 20;

    FolderConfig(string path, ConfigReader root)
    {
        Path = path;
        ModelConfigMap map = new(root);
        Metadata = new Metadata(path, map.Keys);
        Tied = map.Tied;
        ConfigReader text = root.Object("text_config") ?? root;
        DataType = text.String("torch_dtype", text.String("dtype", root.String("torch_dtype", root.String("dtype", "bfloat16"))));
        ConfigReader? quantization = root.Object("quantization_config") ?? text.Object("quantization_config");
        Quantization = quantization is null ? null : string.Join(' ', new[] { quantization.String("quant_method", ""), quantization.String("quant_algo", ""), quantization.String("format", ""), Bits(quantization) }.Where(static word => word.Length > 0));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The metadata, under GGUF's keys.</summary>
    public Metadata Metadata { get; }

    /// <summary>Whether the table of embeddings is also the head.</summary>
    public bool Tied { get; }

    /// <summary>The type of the weights that are not quantized, as transformers names it.</summary>
    public string DataType { get; }

    /// <summary>How weights are quantized, in the file's own words (<c>fp8</c>, <c>awq 4bit</c>); null where they are not.</summary>
    public string? Quantization { get; }

    /// <summary>Reads a folder's config.json.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ModelFormatException">It is missing, malformed, or of a model without a page.</exception>
    public static FolderConfig Read(string folder)
    {
        using SourceFile file = Open(folder);
        using JsonDocument document = Parse(file);
        return new FolderConfig(file.Path, new ConfigReader(file.Path, "", document.RootElement));
    }

    /// <summary>Opens a folder's config.json.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ModelFormatException">There is none, or it is empty or no file.</exception>
    internal static SourceFile Open(string folder)
    {
        string path = System.IO.Path.Combine(folder, Name);
        return File.Exists(path) ? new SourceFile(path) : throw new ModelFormatException(folder, "folder", -1, Name, "none");
    }

    /// <summary>The JSON of an open config.json.</summary>
    internal static JsonDocument Parse(SourceFile file) => JsonFile.Read(file, MaxBytes);

    static string Bits(ConfigReader quantization) => quantization.Has("bits") ? $"{quantization.Int("bits", max: 64)}bit" : "";
}
