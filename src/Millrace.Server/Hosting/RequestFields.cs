using System.Globalization;
using System.Text.Json;
using Millrace.Server.Inference;

namespace Millrace.Server.Hosting;

/// <summary>The fields of an object in a request. Each is read with its type and range, and what is wrong with it is said in OpenAI's words; null counts as absent.</summary>
readonly struct RequestFields
{
    readonly JsonElement _object;
    readonly string _path;

    /// <summary>The fields of an object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="path">Where it stands in the request, <c>messages[0]</c> say; empty is the request itself.</param>
    /// <exception cref="InferenceException">It is no object.</exception>
    public RequestFields(JsonElement element, string path = "")
    {
        _object = element.ValueKind == JsonValueKind.Object ? element : throw WrongType(path, "an object", element);
        _path = path;
    }

    /// <summary>A field, where it is there and not null.</summary>
    public JsonElement? Find(string name) =>
        _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A field that must be there.</summary>
    /// <exception cref="InferenceException">It is not.</exception>
    public JsonElement Require(string name) => Find(name)
        ?? throw Invalid(Path(name), "missing_required_parameter", $"Missing required parameter: '{Path(name)}'.");

    /// <summary>Where a field stands in the request.</summary>
    public string Path(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>A number.</summary>
    /// <exception cref="InferenceException">It has another type, or is out of its range.</exception>
    public float? Number(Parameter parameter)
    {
        if (Find(parameter.Name) is not { } value)
        {
            return null;
        }

        string path = Path(parameter.Name);
        return value.ValueKind == JsonValueKind.Number ? (float)InRange(path, value.GetDouble(), parameter, "decimal") : throw WrongType(path, "a number", value);
    }

    /// <summary>An integer.</summary>
    /// <exception cref="InferenceException">It has another type, or is out of its range.</exception>
    public long? Long(Parameter parameter)
    {
        if (Find(parameter.Name) is not { } value)
        {
            return null;
        }

        string path = Path(parameter.Name);
        double number = value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw WrongType(path, "an integer", value);
        if (number != Math.Truncate(number))
        {
            throw WrongType(path, "an integer", value);
        }

        InRange(path, number, parameter, "integer");
        return value.TryGetInt64(out long integer) ? integer
            : Math.Abs(number) < 1L << 53 ? (long)number // written as 5.0, say
            : throw WrongType(path, "an integer of 64 bits", value);
    }

    /// <summary>An integer of 32 bits.</summary>
    /// <exception cref="InferenceException">It has another type, or is out of its range.</exception>
    public int? Integer(Parameter parameter) => Long(parameter) is { } value ? checked((int)value) : null;

    /// <summary>True or false.</summary>
    /// <exception cref="InferenceException">It has another type.</exception>
    public bool? Flag(Parameter parameter) => Find(parameter.Name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw WrongType(Path(parameter.Name), "a boolean", value),
    };

    /// <summary>A text.</summary>
    /// <exception cref="InferenceException">It has another type, is too long, not Unicode, or none of those it may be.</exception>
    public string? Text(Parameter parameter)
    {
        if (Find(parameter.Name) is not { } value)
        {
            return null;
        }

        string path = Path(parameter.Name);
        string text = Text(value, path);
        if (parameter.Values.Count > 0 && !parameter.Values.Contains(text))
        {
            throw Invalid(path, "invalid_value", $"Invalid value: '{Shorten(text)}'. Supported values are: {string.Join(", ", parameter.Values.Select(choice => $"'{choice}'"))}.");
        }

        return text.Length <= parameter.Max
            ? text
            : throw Invalid(path, "string_above_max_length", $"Invalid '{path}': string too long. Expected a string with maximum length {parameter.Max}, but got a string with length {text.Length} instead.");
    }

    /// <summary>The text of an element.</summary>
    /// <exception cref="InferenceException">It is no string, or not Unicode.</exception>
    public static string Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw WrongType(path, "a string", value);
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(path, "invalid_unicode", $"Invalid '{path}': the string has half a surrogate pair, which is no character.");
        }
    }

    /// <summary>The elements of an array of so many at most.</summary>
    /// <exception cref="InferenceException">It is no array, empty, or too long.</exception>
    public static JsonElement.ArrayEnumerator Array(JsonElement value, string path, int max)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw WrongType(path, "an array", value);
        }

        int length = value.GetArrayLength();
        return length == 0 ? throw Invalid(path, "empty_array", $"Invalid '{path}': empty array. Expected an array with minimum length 1, but got an empty array instead.")
            : length > max ? throw Invalid(path, "array_above_max_length", $"Invalid '{path}': array too long. Expected an array with maximum length {max}, but got an array with length {length} instead.")
            : value.EnumerateArray();
    }

    /// <summary>The properties of an object that maps keys to values, so many at most.</summary>
    /// <exception cref="InferenceException">It is no object, or has too many.</exception>
    public static JsonElement.ObjectEnumerator Properties(JsonElement value, string path, int max)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw WrongType(path, "an object", value);
        }

        int count = value.GetPropertyCount();
        return count <= max
            ? value.EnumerateObject()
            : throw Invalid(path, "object_above_max_properties", $"Invalid '{path}': too many properties. Expected at most {max}, but got {count} instead.");
    }

    /// <summary>A field has another type than it must.</summary>
    public static InferenceException WrongType(string path, string expected, JsonElement found) => Invalid(
        path, "invalid_type", $"Invalid type for '{path}': expected {expected}, but got {Kind(found)} instead.");

    /// <summary>A field is wrong.</summary>
    public static InferenceException Invalid(string path, string code, string message) => new(Refusal.Invalid, message) { Parameter = path, Code = code };

    /// <summary>A field asks for what is not supported.</summary>
    public static InferenceException NotSupported(string path, string message) =>
        new(Refusal.NotSupported, message) { Parameter = path, Code = "unsupported_parameter" };

    static double InRange(string path, double value, Parameter parameter, string kind)
    {
        string Number(double number) => number.ToString(CultureInfo.InvariantCulture);
        return value < parameter.Min ? throw Invalid(path, $"{kind}_below_min_value", $"Invalid '{path}': {kind} below minimum value. Expected a value >= {Number(parameter.Min)}, but got {Number(value)} instead.")
            : value > parameter.Max ? throw Invalid(path, $"{kind}_above_max_value", $"Invalid '{path}': {kind} above maximum value. Expected a value <= {Number(parameter.Max)}, but got {Number(value)} instead.")
            : value;
    }

    static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number when value.TryGetInt64(out _) => "an integer",
        JsonValueKind.Number => "a decimal",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };

    static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
