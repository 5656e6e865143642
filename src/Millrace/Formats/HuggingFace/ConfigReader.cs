using System.Globalization;
using System.Text.Json;

namespace Millrace.Formats.HuggingFace;

/// <summary>An object in config.json with typed getters; each error names the file and the key.</summary>
/// <param name="path">The file.</param>
/// <param name="prefix">The path of the object in the file: empty, or ended by a dot.</param>
/// <param name="element">The object.</param>
sealed class ConfigReader(string path, string prefix, JsonElement element)
{
    /// <summary>The keys.</summary>
    public IEnumerable<string> Keys => element.EnumerateObject().Select(static property => property.Name);

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>An integer between the bounds, both included.</summary>
    public int Int(string key, int? otherwise = null, int min = 1, int max = int.MaxValue)
    {
        if (Find(key) is not { } value)
        {
            return otherwise ?? throw Wrong(key, $"an integer from {min} to {max}", "no such key");
        }

        // Some writers put whole numbers as 128.0.
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number) && number >= min && number <= max
            ? (int)number
            : throw Wrong(key, $"an integer from {min} to {max}", value);
    }

    /// <summary>A finite number above 0.</summary>
    public float Positive(string key, float? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            return otherwise ?? throw Wrong(key, "a number above 0", "no such key");
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) && float.IsFinite(number) && number > 0
            ? number
            : throw Wrong(key, "a number above 0", value);
    }

    /// <summary>A boolean.</summary>
    public bool Bool(string key, bool otherwise) => Find(key) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(key, "true or false", value);

    /// <summary>A string.</summary>
    public string String(string key, string? otherwise = null) => Find(key) is not { } value
        ? otherwise ?? throw Wrong(key, "a string", "no such key")
        : value.ValueKind == JsonValueKind.String ? Text(key, value) : throw Wrong(key, "a string", value);

    /// <summary>An array of finite positive numbers of a length.</summary>
    public float[] Floats(string key, int length)
    {
        JsonElement array = Find(key) is { ValueKind: JsonValueKind.Array } found && found.GetArrayLength() == length
            ? found
            : throw Wrong(key, $"an array of {length} numbers", Find(key) is { } other ? Describe(other) : "no such key");
        float[] values = new float[length];
        int next = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            values[next++] = item.ValueKind == JsonValueKind.Number && item.TryGetSingle(out float number) && float.IsFinite(number) && number > 0
                ? number
                : throw Wrong(key, "numbers above 0", item);
        }

        return values;
    }

    /// <summary>An array of strings, or null where the key is missing.</summary>
    public string[]? Strings(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? Text(key, item) : throw Wrong(key, "an array of strings", item))]
            : throw Wrong(key, "an array of strings", value);
    }

    /// <summary>One integer, or the integers of an array; null where the key is missing.</summary>
    public int[]? Ints(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. items.Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number)
            ? number
            : throw Wrong(key, "an integer or an array of them", item))];
    }

    /// <summary>An object, or null where the key is missing.</summary>
    public ConfigReader? Object(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? new ConfigReader(path, $"{prefix}{key}.", value)
        : throw Wrong(key, "an object", value);

    /// <summary>The exception for a key that is not what it must be.</summary>
    public ModelFormatException Wrong(string key, string expected, string found) => new(path, prefix + key, -1, expected, found);

    ModelFormatException Wrong(string key, string expected, JsonElement found) => Wrong(key, expected, Describe(found));

    JsonElement? Find(string key) => element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    string Text(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong(key, "UTF-8 text", "other bytes");
        }
    }

    static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => string.Create(CultureInfo.InvariantCulture, $"an array of {value.GetArrayLength()}"),
        JsonValueKind.Object => "an object",
        _ => value.GetRawText(),
    };
}
