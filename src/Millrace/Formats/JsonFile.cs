using System.Text.Json;

namespace Millrace.Formats;

/// <summary>JSON files of a model: read whole up to a limit, without duplicate keys.</summary>
static class JsonFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFormatException">It is larger than the limit, or not a JSON object.</exception>
    public static JsonDocument Read(SourceFile file, long limit)
    {
        if (file.Length > limit)
        {
            throw new ModelFormatException(file.Path, "file", -1, $"at most {limit} bytes of JSON", $"{file.Length}");
        }

        byte[] json = new byte[file.Length];
        file.Read(0, json, "file");
        try
        {
            JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            JsonValueKind kind = document.RootElement.ValueKind;
            if (kind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw new ModelFormatException(file.Path, "file", -1, "a JSON object", kind.ToString());
        }
        catch (JsonException problem)
        {
            throw new ModelFormatException(file.Path, "file", Offset(json, problem), "JSON", Describe(problem));
        }
        catch (InvalidOperationException)
        {
            throw new ModelFormatException(file.Path, "file", -1, "UTF-8 text", "other bytes");
        }
    }

    /// <summary>Where in the text a problem stands, in bytes.</summary>
    public static long Offset(ReadOnlySpan<byte> json, JsonException problem)
    {
        long line = problem.LineNumber ?? 0;
        int start = 0;
        for (int i = 0; i < json.Length && line > 0; i++)
        {
            if (json[i] == (byte)'\n')
            {
                line--;
                start = i + 1;
            }
        }

        return start + (problem.BytePositionInLine ?? 0);
    }

    /// <summary>What is wrong, without the place.</summary>
    public static string Describe(JsonException problem)
    {
        string text = problem.Message;
        int place = text.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? text : text[..place];
    }
}
