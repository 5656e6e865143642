using System.Globalization;
using System.Text.Json;
using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>A value of a JSON file together with its path, so that each error can name it. The typed getters throw <see cref="ModelFormatException"/> where the value is another thing.</summary>
readonly record struct JsonValue(string File, string Path, JsonElement Element)
{
    /// <summary>Whether the value is a string.</summary>
    public bool IsText => Element.ValueKind == JsonValueKind.String;

    /// <summary>Whether the value is an array.</summary>
    public bool IsArray => Element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    /// <summary>A property that must be there.</summary>
    public JsonValue this[string name] => Find(name) ?? throw new ModelFormatException(File, Join(name), -1, "a value", "none");

    /// <summary>A property, or null where it is missing or null.</summary>
    public JsonValue? Find(string name) =>
        Object().Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? new(File, Join(name), value) : null;

    /// <summary>This value, which must be an object.</summary>
    public JsonValue Object() => IsObject ? this : throw Wrong("an object");

    /// <summary>The properties of an object; their paths are those of the object.</summary>
    public JsonElement.ObjectEnumerator Properties() => Object().Element.EnumerateObject();

    /// <summary>How many items an array has.</summary>
    public int Count => IsArray ? Element.GetArrayLength() : throw Wrong("an array");

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonValue> Items()
    {
        _ = Count;
        int index = 0;
        foreach (JsonElement item in Element.EnumerateArray())
        {
            yield return new JsonValue(File, $"{Path}[{index++}]", item);
        }
    }

    /// <summary>A string.</summary>
    public string Text()
    {
        try
        {
            return IsText ? Element.GetString()! : throw Wrong("a string");
        }
        catch (InvalidOperationException)
        {
            throw Wrong("a string of whole characters");
        }
    }

    /// <summary>A string that is one character.</summary>
    public int Character()
    {
        string text = Text();
        return System.Text.Rune.TryGetRuneAt(text, 0, out System.Text.Rune rune) && rune.Utf16SequenceLength == text.Length ? rune.Value : throw Wrong("one character");
    }

    /// <summary>A boolean.</summary>
    public bool Bool() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False ? Element.GetBoolean() : throw Wrong("a boolean");

    /// <summary>An integer from 0 to a limit.</summary>
    public int Int(int most) => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0 && value <= most
        ? value
        : throw Wrong($"an integer from 0 to {most}");

    /// <summary>A number.</summary>
    public double Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetDouble(out double value) && double.IsFinite(value)
        ? value
        : throw Wrong("a number");

    /// <summary>The error that something else was expected here.</summary>
    public ModelFormatException Wrong(string expected)
    {
        string raw = Element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => string.Create(CultureInfo.InvariantCulture, $"an array of {Element.GetArrayLength()}"),
            JsonValueKind.Undefined => "nothing",
            _ => Element.GetRawText(),
        };
        return new ModelFormatException(File, Path.Length == 0 ? "the file" : Path, -1, expected, raw.Length > 60 ? raw[..60] + "…" : raw);
    }

    string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}
