using System.Globalization;
using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's json.dumps, as transformers' <c>tojson</c> calls it.</summary>
sealed class JsonText
{
    readonly RenderContext _context;
    readonly TextBuilder _builder;
    readonly bool _ascii;
    readonly Str? _indent;
    readonly Str _itemSeparator;
    readonly Str _keySeparator;
    readonly bool _sortKeys;

    JsonText(RenderContext context, bool ascii, Str? indent, Value? separators, bool sortKeys)
    {
        _context = context;
        _builder = new TextBuilder(context);
        _ascii = ascii;
        _indent = indent;
        _sortKeys = sortKeys;
        _itemSeparator = new Str(indent is null ? ", " : ",", trusted: true);
        _keySeparator = new Str(": ", trusted: true);
        if (separators is not null and not NoneValue)
        {
            if (Iteration.ToArray(context, separators) is not [Str item, Str key])
            {
                throw new TemplateException("separators must be a pair of strings");
            }

            (_itemSeparator, _keySeparator) = (item, key);
        }
    }

    /// <summary>tojson(ensure_ascii=False, indent=None, separators=None, sort_keys=False).</summary>
    public static Value Filter(RenderContext context, Value input, Value?[] arguments)
    {
        Str? indent = arguments[1] switch
        {
            null or NoneValue => null,
            Str text => text,
            Value width => (Str)Operators.Binary(context, "*", new Str(" ", trusted: true), width),
        };
        var json = new JsonText(context, arguments[0] is { Truthy: true }, indent, arguments[2], arguments[3] is { Truthy: true });
        json.Write(input, 0);
        return json._builder.ToStr();
    }

    void Write(Value value, int depth)
    {
        _context.Charge();
        _context.EnsureStack();
        switch (value)
        {
            case Str text:
                WriteString(text);
                break;
            case SequenceValue sequence:
                WriteItems(sequence.Items, depth);
                break;
            case DictValue dict:
                WriteEntries(dict, depth);
                break;
            case NoneValue or BoolValue or IntValue or FloatValue:
                _builder.Append(Scalar(value), trusted: true);
                break;
            default:
                throw new TemplateException($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    void WriteItems(Value[] items, int depth)
    {
        _builder.Append('[', trusted: true);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                _builder.Append(_itemSeparator);
            }

            NewLine(depth + 1);
            Write(items[i], depth + 1);
        }

        if (items.Length > 0)
        {
            NewLine(depth);
        }

        _builder.Append(']', trusted: true);
    }

    void WriteEntries(DictValue dict, int depth)
    {
        IEnumerable<KeyValuePair<Value, Value>> entries = dict.Entries;
        if (_sortKeys)
        {
            entries = Sorting.Sort(_context, [.. dict.Entries], entry => entry.Key, reverse: false);
        }

        _builder.Append('{', trusted: true);
        bool first = true;
        foreach ((Value key, Value value) in entries)
        {
            if (!first)
            {
                _builder.Append(_itemSeparator);
            }

            first = false;
            NewLine(depth + 1);
            WriteString(key switch
            {
                Str text => text,
                NoneValue or BoolValue or IntValue or FloatValue => new Str(Scalar(key), trusted: true),
                _ => throw new TemplateException($"keys must be str, int, float, bool or None, not {key.TypeName}"),
            });
            _builder.Append(_keySeparator);
            Write(value, depth + 1);
        }

        if (!first)
        {
            NewLine(depth);
        }

        _builder.Append('}', trusted: true);
    }

    void NewLine(int depth)
    {
        if (_indent is null)
        {
            return;
        }

        _builder.Append('\n', trusted: true);
        for (int i = 0; i < depth; i++)
        {
            _builder.Append(_indent);
        }
    }

    void WriteString(Str text)
    {
        _builder.Append('"', trusted: true);
        _builder.Append(NeedsEscape(text.Text) ? text.Derive(Escape(text.Text)).WithMarkup(false) : text);
        _builder.Append('"', trusted: true);
    }

    bool NeedsEscape(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0
        || text.AsSpan().IndexOfAny('"', '\\') >= 0 || (_ascii && !Ascii.IsValid(text));

    string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            escaped.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                < ' ' => $"\\u{(int)c:x4}",
                > '\x7e' when _ascii && c != '\x7f' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    static string Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BoolValue flag => flag.Value ? "true" : "false",
        IntValue number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue { Value: double.NaN } => "NaN",
        FloatValue { Value: double.PositiveInfinity } => "Infinity",
        FloatValue { Value: double.NegativeInfinity } => "-Infinity",
        FloatValue number => PythonText.ReprOfFloat(number.Value),
        _ => "",
    };
}
