using System.Text.Json;
using System.Text.Unicode;

namespace Millrace.Planning.Hardware;

/// <summary>An object of a JSON file that a person wrote: fields are taken one by one, each with its check, and what nobody took is refused.</summary>
sealed class StrictJson
{
    const int MostText = 2000;

    readonly string _file;
    readonly string _path;
    readonly Dictionary<string, JsonElement> _fields = [];

    /// <summary>Opens an object.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="path">Where in the file the object stands, for messages.</param>
    /// <param name="element">The object.</param>
    /// <exception cref="PlanningException">It is no object.</exception>
    public StrictJson(string file, string path, JsonElement element)
    {
        (_file, _path) = (file, path);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new PlanningException(file, path, "an object", Text(element));
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            _fields.Add(property.Name, property.Value);
        }
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="PlanningException">It is no JSON object, or a key stands in it twice.</exception>
    public static JsonDocument Parse(string file, ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new PlanningException(file, "", "UTF-8 text", "other bytes");
        }

        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException problem)
        {
            throw new PlanningException($"{file}:{problem.LineNumber + 1}", "", "JSON without duplicate keys", problem.Message);
        }
        catch (InvalidOperationException)
        {
            throw new PlanningException(file, "", "keys of whole characters", "half of a surrogate pair");
        }
    }

    /// <summary>Where a field stands.</summary>
    public string PathOf(string field) => _path.Length == 0 ? field : $"{_path}.{field}";

    /// <summary>The exception for a field.</summary>
    public PlanningException Wrong(string field, string expected, string found) => new(_file, PathOf(field), expected, found);

    /// <summary>Takes a field, or null where it is absent.</summary>
    public JsonElement? Take(string field) => _fields.Remove(field, out JsonElement value) ? value : null;

    /// <summary>Takes an object, or null where it is absent.</summary>
    public StrictJson? TakeObject(string field) => Take(field) is { } element ? new StrictJson(_file, PathOf(field), element) : null;

    /// <summary>Takes a list of objects; empty where it is absent.</summary>
    public List<StrictJson> TakeObjects(string field)
    {
        int index = 0;
        return [.. TakeList(field).Select(element => new StrictJson(_file, $"{PathOf(field)}[{index++}]", element))];
    }

    /// <summary>Takes a text of at least one character, or null where it is absent.</summary>
    public string? TakeText(string field) => Take(field) is { } element ? CheckText(field, element) : null;

    /// <summary>Takes a list of texts; empty where it is absent.</summary>
    public List<string> TakeTexts(string field) => [.. TakeList(field).Select(element => CheckText(field, element))];

    /// <summary>Takes a finite number above zero.</summary>
    public double TakePositive(string field) => CheckPositive(field, Take(field));

    /// <summary>Takes a list of finite numbers above zero; empty where it is absent.</summary>
    public List<double> TakeNumbers(string field) => [.. TakeList(field).Select(element => CheckPositive(field, element))];

    /// <summary>Takes a whole number of at least 1, or the default where it is absent.</summary>
    public int TakeCount(string field, int otherwise)
    {
        if (Take(field) is not { } element)
        {
            return otherwise;
        }

        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= 1
            ? value
            : throw Wrong(field, "a whole number of at least 1", Text(element));
    }

    /// <summary>The fields that nobody took yet, each a name of the file's own.</summary>
    public IReadOnlyList<string> Names => [.. _fields.Keys];

    /// <summary>Refuses what nobody took.</summary>
    /// <param name="known">The fields that there are, for the message.</param>
    public void End(string known)
    {
        if (_fields.Count > 0)
        {
            throw new PlanningException(_file, _path, $"no fields but {known}", _fields.Keys.First());
        }
    }

    List<JsonElement> TakeList(string field)
    {
        if (Take(field) is not { } element)
        {
            return [];
        }

        return element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : throw Wrong(field, "a list", Text(element));
    }

    double CheckPositive(string field, JsonElement? given)
    {
        const string Expected = "a finite number above 0";
        JsonElement element = given ?? throw Wrong(field, Expected, "nothing");
        return element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value) && value > 0
            ? value
            : throw Wrong(field, Expected, Text(element));
    }

    string CheckText(string field, JsonElement element)
    {
        const string Expected = "a text of 1 to 2000 characters without control characters";
        string? text;
        try
        {
            text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            text = null; // half of a surrogate pair
        }

        return text is { Length: > 0 and <= MostText } && !text.Any(char.IsControl) ? text : throw Wrong(field, Expected, Text(element));
    }

    static string Text(JsonElement element) => element.GetRawText();
}
