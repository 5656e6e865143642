using System.Globalization;
using System.Text.Json;

namespace Millrace.Planning.Costs;

/// <summary>Reads rows from JSON: an array of objects with the fields of a table of measurements; any field may be missing, null, a number or a text.</summary>
static class PointFile
{
    /// <summary>The most that a file may have.</summary>
    public const long MostBytes = 256 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="values">Whether measured values are wanted; else they are not looked at.</param>
    /// <returns>A row for each element, null for an element that is no object.</returns>
    /// <exception cref="PlanningException">It is too large, no JSON or no array.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<PointRow?> Read(string path, bool values)
    {
        long length = new FileInfo(path).Length;
        return length <= MostBytes
            ? Parse(path, File.ReadAllBytes(path), values)
            : throw new PlanningException(path, "", $"{MostBytes} bytes at most", length.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="name">What messages call them.</param>
    /// <param name="json">The text.</param>
    /// <param name="values">Whether measured values are wanted.</param>
    /// <exception cref="PlanningException">It is no JSON or no array.</exception>
    public static IReadOnlyList<PointRow?> Parse(string name, ReadOnlyMemory<byte> json, bool values)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
        {
            json = json[3..];
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new PlanningException($"{name}: expected a JSON array of rows: {exception.Message}", exception);
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? Rows(document.RootElement, values)
                : throw new PlanningException(name, "", "a JSON array of rows", $"a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}");
        }
    }

    /// <summary>The rows of an array.</summary>
    public static IReadOnlyList<PointRow?> Rows(JsonElement array, bool values) =>
        [.. array.EnumerateArray().Select(element => element.ValueKind == JsonValueKind.Object ? Row(element, values) : null)];

    /// <summary>Writes rows as they are read.</summary>
    public static void Write(Utf8JsonWriter json, string name, IReadOnlyList<PointRow> rows)
    {
        json.WriteStartArray(name);
        foreach (PointRow row in rows)
        {
            json.WriteStartObject();
            Write(json, ("model", row.Model), ("precision", row.Precision), ("device", row.Device), ("parallelism", row.Parallelism), ("framework", row.Framework), ("batch_or_concurrency", row.Batch), ("metric", row.Metric), ("date", row.Date));
            Write(json, ("params", row.Parameters), ("count", row.Count), ("input_len", row.Input), ("output_len", row.Output), ("value", row.Value));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static void Write(Utf8JsonWriter json, params ReadOnlySpan<(string Name, string? Text)> fields)
    {
        foreach ((string name, string? text) in fields)
        {
            json.WriteString(name, text);
        }
    }

    static void Write(Utf8JsonWriter json, params ReadOnlySpan<(string Name, double? Number)> fields)
    {
        foreach ((string name, double? number) in fields)
        {
            if (number is { } value)
            {
                json.WriteNumber(name, value);
            }
        }
    }

    static PointRow Row(JsonElement row, bool values) => new()
    {
        Model = Text(row, "model") ?? "",
        Parameters = Number(row, "params"),
        Precision = Text(row, "precision"),
        Device = Text(row, "device") ?? "",
        Count = Number(row, "count"),
        Parallelism = Text(row, "parallelism"),
        Framework = Text(row, "framework"),
        Batch = Text(row, "batch_or_concurrency"),
        Input = Number(row, "input_len"),
        Output = Number(row, "output_len"),
        Metric = Text(row, "metric") ?? "",
        Date = Text(row, "date"),
        Value = values ? Number(row, "value") : null,
    };

    static string? Text(JsonElement row, string field) => row.TryGetProperty(field, out JsonElement value)
        ? value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.String => ToText(value),
            _ => value.GetRawText(),
        }
        : null;

    // A text may hold half of a pair of UTF-16.
    static string? ToText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    static double? Number(JsonElement row, string field) =>
        Text(row, field) is { } text && double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
}
