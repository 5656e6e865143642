using System.Globalization;
using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's str() and repr() of values, and its ideas of white space and lines.</summary>
static class PythonText
{
    /// <summary>str(value).</summary>
    public static Str Of(RenderContext context, Value value)
    {
        switch (value)
        {
            case Str text:
                return text.WithMarkup(false);
            case UndefinedValue:
                return Str.Empty;
            default:
                var builder = new TextBuilder(context);
                AppendRepr(context, builder, value);
                return builder.ToStr();
        }
    }

    /// <summary>The text of a value as filters take it (soft_str): str(value), but what is marked safe stays so.</summary>
    public static Str Soft(RenderContext context, Value value) => value as Str ?? Of(context, value);

    /// <summary>repr(value), or ascii(value).</summary>
    public static Str Repr(RenderContext context, Value value, bool ascii = false)
    {
        var builder = new TextBuilder(context);
        AppendRepr(context, builder, value);
        Str text = builder.ToStr();
        return ascii && !Ascii.IsValid(text.Text) ? text.Derive(EscapeBeyondAscii(text.Text)) : text;
    }

    public static void AppendRepr(RenderContext context, TextBuilder builder, Value value, int depth = 0)
    {
        context.Charge();
        if (depth > Value.MaxDepth)
        {
            throw new TemplateException("maximum recursion depth exceeded while getting the repr of an object");
        }

        switch (value)
        {
            case Str text:
                AppendQuoted(builder, text);
                break;
            case ListValue list:
                AppendItems(context, builder, list.Items, "[", "]", depth);
                break;
            case TupleValue tuple:
                AppendItems(context, builder, tuple.Items, "(", tuple.Items.Length == 1 ? ",)" : ")", depth);
                break;
            case DictValue dict:
                AppendEntries(context, builder, dict.Entries, depth);
                break;
            case ViewValue view:
                builder.Append(view.TypeName + "(", trusted: true);
                AppendItems(context, builder, [.. view.Elements()], "[", "])", depth);
                break;
            case NamespaceValue space:
                builder.Append("<Namespace ", trusted: true);
                AppendEntries(context, builder, space.Attributes.Select(entry => new KeyValuePair<Value, Value>(new Str(entry.Key, true), entry.Value)), depth);
                builder.Append('>', trusted: true);
                break;
            default:
                context.Charge(value is IntValue number ? number.Value.GetBitLength() * number.Value.GetBitLength() >> 15 : 0);
                builder.Append(ReprOfScalar(value), trusted: true);
                break;
        }
    }

    /// <summary>repr of a float: the shortest digits that give it back, with an exponent below 1e-4 and from 1e16.</summary>
    public static string ReprOfFloat(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        (string sign, string digits, int exponent) = Decompose(shortest);
        return sign + Layout(digits, exponent, exponent is < -4 or >= 16);
    }

    /// <summary>White space as str.isspace() has it.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Without white space at both ends.</summary>
    public static ReadOnlySpan<char> Strip(ReadOnlySpan<char> text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsSpace(text[start]))
        {
            start++;
        }

        while (end > start && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>The lines of a text as str.splitlines() finds them: positions of start, of the end and of the end with its line break.</summary>
    public static IEnumerable<(int Start, int End, int Next)> Lines(string text)
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = start;
            while (end < text.Length && !(text[end] is (>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029'))
            {
                end++;
            }

            int next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            yield return (start, end, next);
            start = next;
        }
    }

    /// <summary>Whether repr() shows a character as it is.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    /// <summary>Digits and the exponent of the first of them, from any text that double.ToString makes.</summary>
    static (string Sign, string Digits, int Exponent) Decompose(string number)
    {
        string sign = number[0] == '-' ? "-" : "";
        string rest = number[sign.Length..];
        int e = rest.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(rest[(e + 1)..], CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? rest : rest[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        string significant = digits.TrimStart('0');
        return significant.Length == 0 ? (sign, "0", 0) : (sign, significant.TrimEnd('0'), exponent - (digits.Length - significant.Length));
    }

    static string Layout(string digits, int exponent, bool scientific)
    {
        if (scientific)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        return exponent < 0
            ? "0." + new string('0', -exponent - 1) + digits
            : digits.Length <= exponent + 1
                ? digits + new string('0', exponent + 1 - digits.Length) + ".0"
                : digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];
    }

    static string ReprOfScalar(Value value) => value switch
    {
        NoneValue => "None",
        BoolValue flag => flag.Value ? "True" : "False",
        IntValue number => number.Value.ToString(CultureInfo.InvariantCulture),
        FloatValue number => ReprOfFloat(number.Value),
        RangeValue range => range.Step.IsOne ? $"range({range.Start}, {range.Stop})" : $"range({range.Start}, {range.Stop}, {range.Step})",
        UndefinedValue => "Undefined",
        LoopValue loop => loop.Describe(),
        MacroValue macro => macro.Describe(),
        FunctionValue function => $"<function {function.Name}>",
        _ => $"<{value.TypeName} object>",
    };

    static void AppendItems(RenderContext context, TextBuilder builder, Value[] items, string open, string close, int depth)
    {
        context.EnsureStack();
        builder.Append(open, trusted: true);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                builder.Append(", ", trusted: true);
            }

            AppendRepr(context, builder, items[i], depth + 1);
        }

        builder.Append(close, trusted: true);
    }

    static void AppendEntries(RenderContext context, TextBuilder builder, IEnumerable<KeyValuePair<Value, Value>> entries, int depth)
    {
        context.EnsureStack();
        string separator = "{";
        foreach ((Value key, Value value) in entries)
        {
            builder.Append(separator, trusted: true);
            AppendRepr(context, builder, key, depth + 1);
            builder.Append(": ", trusted: true);
            AppendRepr(context, builder, value, depth + 1);
            separator = ", ";
        }

        builder.Append(separator == "{" ? "{}" : "}", trusted: true);
    }

    static string Escape(Rune rune) => rune.Value < 0x100 ? $"\\x{rune.Value:x2}" : rune.Value < 0x10000 ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}";

    static string EscapeBeyondAscii(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            escaped.Append(rune.IsAscii ? rune.ToString() : Escape(rune));
        }

        return escaped.ToString();
    }

    static void AppendQuoted(TextBuilder builder, Str value)
    {
        string text = value.Text;
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case var c when c == quote || c == '\\':
                    quoted.Append('\\').Append((char)c);
                    break;
                case var _ when !IsPrintable(rune):
                    quoted.Append(Escape(rune));
                    break;
                default:
                    quoted.Append(rune.ToString());
                    break;
            }
        }

        builder.Append(value.IsMarkup ? "Markup(" + quote : quote.ToString(), trusted: true);
        builder.Append(value.Derive(quoted.ToString()));
        builder.Append(value.IsMarkup ? quote + ")" : quote.ToString(), trusted: true);
    }
}
