using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Turns JSON into values as Python's json module does; all strings are the user's, not the template's.</summary>
static class JsonInput
{
    public static Value Convert(JsonElement element) => Convert(element, 0);

    static Value Convert(JsonElement element, int depth)
    {
        if (depth > Value.MaxDepth)
        {
            throw new TemplateException($"JSON nested more than {Value.MaxDepth} deep");
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = new DictValue();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    dict.Set(new Str(Text(() => property.Name), trusted: false), Convert(property.Value, depth + 1));
                }

                return dict;
            case JsonValueKind.Array:
                return new ListValue([.. element.EnumerateArray().Select(item => Convert(item, depth + 1))]);
            case JsonValueKind.String:
                return new Str(Text(element.GetString), trusted: false);
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.True or JsonValueKind.False:
                return BoolValue.Of(element.ValueKind == JsonValueKind.True);
            default:
                return NoneValue.Instance;
        }
    }

    /// <summary>
    /// The messages. A role that is a plain word counts as the template's own text: templates build control tokens from it
    /// (<c>'&lt;|' + role + '|&gt;'</c>), and who writes the messages chooses the roles anyway.
    /// </summary>
    public static Value ConvertMessages(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw new TemplateException($"messages must be a JSON array, not {messages.ValueKind}");
        }

        Value[] items = [.. messages.EnumerateArray().Select(message => Convert(message))];
        foreach (DictValue message in items.OfType<DictValue>())
        {
            if (message.Find("role") is Str { Text.Length: > 0 and <= 32 } role && role.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            {
                message.Set(new Str("role", trusted: true), new Str(role.Text, trusted: true));
            }
        }

        return new ListValue(items);
    }

    static Value Number(JsonElement element)
    {
        string text = element.GetRawText();
        return text.AsSpan().IndexOfAny(".eE") >= 0
            ? new FloatValue(double.Parse(text, CultureInfo.InvariantCulture))
            : IntValue.Of(text.Length > 4300 ? throw new TemplateException("an integer of more than 4300 digits") : BigInteger.Parse(text, CultureInfo.InvariantCulture));
    }

    static string Text(Func<string?> read)
    {
        try
        {
            return read() ?? "";
        }
        catch (InvalidOperationException error)
        {
            throw new TemplateException($"a string that is not valid Unicode ({error.Message})");
        }
    }
}
