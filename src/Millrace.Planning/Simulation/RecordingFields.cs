using System.Text.Json;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>The fields of a line of a recording, each checked as it is read; one that is not as it should be throws <see cref="FormatException"/> with what was expected.</summary>
readonly struct RecordingFields
{
    const int Most = 1 << 22; // of a list

    readonly JsonElement _line;

    public RecordingFields(JsonElement line) =>
        _line = line.ValueKind == JsonValueKind.Object ? line : throw new FormatException("a JSON object");

    public bool Has(string name) => _line.TryGetProperty(name, out _);

    public string Text(string name) =>
        Field(name, JsonValueKind.String) is { } field ? field.GetString()! : throw new FormatException($"a text as {name}");

    public bool Flag(string name) => _line.TryGetProperty(name, out JsonElement field) && field.ValueKind == JsonValueKind.True;

    public long Whole(string name, long least = 0, long most = long.MaxValue) =>
        Field(name, JsonValueKind.Number) is { } field && field.TryGetInt64(out long value) && value >= least && value <= most
            ? value
            : throw new FormatException(least == long.MinValue ? $"a whole number as {name}" : $"a whole number from {least} to {most} as {name}");

    public double Seconds(string name) =>
        Field(name, JsonValueKind.Number) is { } field && field.TryGetDouble(out double value) && value is >= 0 and < 1e12
            ? value
            : throw new FormatException($"seconds of at least 0 as {name}");

    public ServiceClass Class(string name) =>
        Enum.TryParse(Text(name), ignoreCase: true, out ServiceClass value) && Enum.IsDefined(value) ? value : throw new FormatException($"realtime, standard or batch as {name}");

    public InterTokenTarget Target(string name)
    {
        RecordingFields fields = new(Field(name, JsonValueKind.Object) ?? throw new FormatException($"an object as {name}"));
        return new(fields.Has("seconds") ? TimeSpan.FromSeconds(Math.Min(fields.Seconds("seconds"), 1e6)) : null, fields.Has("multiple") ? fields.Seconds("multiple") : null);
    }

    public IReadOnlyList<ulong> Hashes(string name)
    {
        List<ulong> hashes = [];
        foreach (JsonElement element in List(name))
        {
            hashes.Add(element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out ulong hash) ? hash : throw new FormatException($"hashes as {name}"));
        }

        return hashes;
    }

    public IReadOnlyList<long> Numbers(string name) => Numbers(List(name), name);

    /// <summary>A list of lists of so many numbers of at least 0.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Rows(string name, int length)
    {
        List<IReadOnlyList<long>> rows = [];
        foreach (JsonElement element in List(name))
        {
            List<long> row = element.ValueKind == JsonValueKind.Array ? Numbers(element.EnumerateArray(), name) : [];
            rows.Add(row.Count == length ? row : throw new FormatException($"lists of {length} numbers as {name}"));
        }

        return rows;
    }

    static List<long> Numbers(JsonElement.ArrayEnumerator list, string name)
    {
        List<long> numbers = [];
        foreach (JsonElement element in list)
        {
            numbers.Add(element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number >= 0 ? number : throw new FormatException($"whole numbers of at least 0 as {name}"));
        }

        return numbers;
    }

    JsonElement.ArrayEnumerator List(string name) =>
        Field(name, JsonValueKind.Array) is { } field && field.GetArrayLength() <= Most ? field.EnumerateArray() : throw new FormatException($"a list as {name}");

    JsonElement? Field(string name, JsonValueKind kind) => _line.TryGetProperty(name, out JsonElement field) && field.ValueKind == kind ? field : null;
}
