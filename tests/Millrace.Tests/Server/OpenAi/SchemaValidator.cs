using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>A validator of JSON against the schemas of an API's description: of JSON Schema what those use.</summary>
sealed class SchemaValidator(JsonObject document)
{
    readonly List<string> _errors = [];
    readonly SortedSet<string> _unknown = new(StringComparer.Ordinal); // properties that the schema of their object does not know

    /// <summary>What is wrong with a value, by a schema of the description.</summary>
    public static IReadOnlyList<string> Validate(JsonObject document, string schema, JsonNode? value, out IReadOnlySet<string> unknown) =>
        Validate(document, new SchemaValidator(document).Named(schema), value, out unknown);

    /// <summary>What is wrong with a value, by a schema, and which of its properties the schema does not know.</summary>
    public static IReadOnlyList<string> Validate(JsonObject document, JsonNode schema, JsonNode? value, out IReadOnlySet<string> unknown)
    {
        SchemaValidator run = new(document);
        run.Check(schema, value, "$");
        unknown = run._unknown;
        return run._errors;
    }

    JsonNode Named(string name) => document["components"]!["schemas"]![name] ?? throw new ArgumentException($"no schema {name}");

    void Check(JsonNode schema, JsonNode? value, string path)
    {
        if (schema is not JsonObject rules)
        {
            if (schema.GetValueKind() == JsonValueKind.False)
            {
                _errors.Add($"{path}: nothing is allowed here");
            }

            return;
        }

        if (value is null && Bool(rules, "nullable"))
        {
            return;
        }

        if ((string?)rules["$ref"] is { } reference)
        {
            Check(Named(reference["#/components/schemas/".Length..]), value, path);
        }

        CheckCombinations(rules, value, path);
        CheckType(rules, value, path);
        switch (value)
        {
            case JsonObject map:
                CheckObject(rules, map, path);
                break;
            case JsonArray list:
                CheckArray(rules, list, path);
                break;
            case JsonValue scalar:
                CheckScalar(rules, scalar, path);
                break;
        }
    }

    void CheckCombinations(JsonObject rules, JsonNode? value, string path)
    {
        foreach (JsonNode? part in rules["allOf"]?.AsArray() ?? [])
        {
            Check(part!, value, path);
        }

        foreach ((string key, bool exactlyOne) in new[] { ("anyOf", false), ("oneOf", true) })
        {
            if (rules[key]?.AsArray() is not { } options)
            {
                continue;
            }

            List<(IReadOnlyList<string> Errors, IReadOnlySet<string> Unknown)> results = [];
            foreach (JsonNode? option in options)
            {
                results.Add((Validate(document, option!, value, out IReadOnlySet<string> unknown), unknown));
            }

            int fits = results.Count(result => result.Errors.Count == 0);
            if (fits == 0 || (exactlyOne && fits > 1))
            {
                _errors.Add($"{path}: fits {fits} of {key}: {string.Join(" | ", results.Select(result => string.Join("; ", result.Errors)))}");
            }
            else
            {
                _unknown.UnionWith(results.First(result => result.Errors.Count == 0).Unknown.Select(name => path + name[1..]));
            }
        }
    }

    void CheckType(JsonObject rules, JsonNode? value, string path)
    {
        string[] types = rules["type"] switch
        {
            null => [],
            JsonArray several => [.. several.Select(type => (string)type!)],
            JsonNode one => [(string)one!],
        };
        if (types.Length > 0 && !types.Any(type => Is(type, value)))
        {
            _errors.Add($"{path}: expected {string.Join(" or ", types)}, found {value?.ToJsonString() ?? "null"}");
        }

        if (rules["enum"] is JsonArray choices && !choices.Any(choice => JsonNode.DeepEquals(choice, value)))
        {
            _errors.Add($"{path}: {value?.ToJsonString() ?? "null"} is none of {choices.ToJsonString()}");
        }

        if (rules.ContainsKey("const") && !JsonNode.DeepEquals(rules["const"], value))
        {
            _errors.Add($"{path}: {value?.ToJsonString() ?? "null"} is not {rules["const"]?.ToJsonString()}");
        }
    }

    static bool Is(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && !value.ToJsonString().AsSpan().ContainsAny(".eE"),
        _ => throw new NotSupportedException($"type {type}"),
    };

    void CheckObject(JsonObject rules, JsonObject value, string path)
    {
        foreach (JsonNode? name in rules["required"]?.AsArray() ?? [])
        {
            if (!value.ContainsKey((string)name!))
            {
                _errors.Add($"{path}: {name} is missing");
            }
        }

        JsonObject? properties = rules["properties"]?.AsObject();
        foreach ((string name, JsonNode? item) in value)
        {
            string at = $"{path}.{name}";
            if (properties?[name] is { } known)
            {
                Check(known, item, at);
            }
            else if (rules["additionalProperties"] is { } others)
            {
                Check(others, item, at);
            }
            else if (properties is not null)
            {
                _unknown.Add(at);
            }
        }
    }

    void CheckArray(JsonObject rules, JsonArray value, string path)
    {
        CheckBound(rules, "minItems", value.Count, -1, path);
        CheckBound(rules, "maxItems", value.Count, 1, path);
        for (int i = 0; rules["items"] is { } items && i < value.Count; i++)
        {
            Check(items, value[i], $"{path}[{i}]");
        }
    }

    void CheckScalar(JsonObject rules, JsonValue value, string path)
    {
        if (value.GetValueKind() == JsonValueKind.Number)
        {
            double number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
            CheckBound(rules, "minimum", number, -1, path);
            CheckBound(rules, "maximum", number, 1, path);
        }
        else if (value.GetValueKind() == JsonValueKind.String)
        {
            string text = (string)value!;
            CheckBound(rules, "minLength", text.Length, -1, path);
            CheckBound(rules, "maxLength", text.Length, 1, path);
            if ((string?)rules["pattern"] is { } pattern && !Regex.IsMatch(text, pattern))
            {
                _errors.Add($"{path}: {text} does not match {pattern}");
            }
        }
    }

    void CheckBound(JsonObject rules, string key, double value, int direction, string path)
    {
        if (rules[key] is { } bound && (value - (double)bound) * direction > 0)
        {
            _errors.Add($"{path}: {value} is beyond {key} {bound}");
        }
    }

    static bool Bool(JsonObject rules, string key) => rules[key]?.GetValueKind() == JsonValueKind.True;
}
