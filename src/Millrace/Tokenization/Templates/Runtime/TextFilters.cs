using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The filters on strings.</summary>
static partial class TextFilters
{
    static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\n\r\f\v/>=");

    public static void Register(Filter.Register add)
    {
        add("capitalize", [], (c, v, _) => StringMethods.Recase(Soft(c, v), PythonCase.Capitalize));
        add("lower", [], (c, v, _) => StringMethods.Recase(Soft(c, v), PythonCase.Lower));
        add("upper", [], (c, v, _) => StringMethods.Recase(Soft(c, v), PythonCase.Upper));
        add("title", [], (c, v, _) => StringMethods.Recase(Soft(c, v), Title));
        add("string", [], (c, v, _) => PythonText.Soft(c, v));
        add("safe", [], (c, v, _) => PythonText.Soft(c, v).WithMarkup(true));
        add("e", [], (c, v, _) => Html.Escape(PythonText.Soft(c, v)));
        add("escape", [], (c, v, _) => Html.Escape(PythonText.Soft(c, v)));
        add("forceescape", [], (c, v, _) => Html.Escape(PythonText.Of(c, v)));
        add("trim", ["chars"], (c, v, a) => StringMethods.Strip(c, Soft(c, v), a[0], start: true, end: true));
        add("center", ["width"], (c, v, a) => StringMethods.Center(c, Soft(c, v), [a[0] ?? IntValue.Of(80), null]));
        add("replace", ["old", "new", "count"], Replace, required: 2);
        add("indent", ["width", "first", "blank"], Indent);
        add("truncate", ["length", "killwords", "end", "leeway"], Truncate);
        add("wordcount", [], (c, v, _) => IntValue.Of(Words().Count(Soft(c, v).Text)));
        add("wordwrap", ["width", "break_long_words", "wrapstring", "break_on_hyphens"], WordWrap.Apply);
        add("striptags", [], StripTags);
        add("urlencode", [], UrlEncode);
        add("xmlattr", ["autospace"], XmlAttributes);
        add("pprint", [], (c, v, _) => PythonText.Repr(c, WithSortedKeys(c, v)));
    }

    static Str Soft(RenderContext context, Value value)
    {
        Str text = PythonText.Soft(context, value);
        context.ChargeScan(text.Text);
        context.ChargeCharacters(text.Text.Length);
        return text;
    }

    static Value Replace(RenderContext context, Value input, Value?[] arguments) => StringSearch.Replace(
        context,
        PythonText.Of(context, input),
        PythonText.Of(context, arguments[0]!),
        PythonText.Of(context, arguments[1]!),
        arguments[2] is NoneValue ? -1 : Numbers.Small(arguments[2], -1));

    static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (string part in WordStarts().Split(text))
        {
            if (part.Length > 0)
            {
                int units = part.Length > 1 && char.IsSurrogatePair(part[0], part[1]) ? 2 : 1;
                result.Append(PythonCase.Upper(part[..units])).Append(PythonCase.Lower(part[units..]));
            }
        }

        return result.ToString();
    }

    static Value Indent(RenderContext context, Value input, Value?[] arguments)
    {
        Str text = input as Str ?? throw (input as UndefinedValue)?.Error()
            ?? new TemplateException($"unsupported operand type(s) for +=: '{input.TypeName}' and 'str'");
        Str indention = arguments[0] as Str ?? (Str)Operators.Binary(context, "*", new Str(" ", trusted: true), arguments[0] ?? IntValue.Of(4));
        indention = text.IsMarkup ? Html.Escape(indention) : indention;
        bool first = arguments[1] is { Truthy: true }, blank = arguments[2] is { Truthy: true };
        List<Str> lines = [];
        foreach ((int start, int end, _) in PythonText.Lines(text.Text + "\n"))
        {
            lines.Add(text.Slice(Math.Min(start, text.Text.Length), Math.Min(end, text.Text.Length)));
        }

        context.ChargeElements(lines.Count);
        var builder = new TextBuilder(context);
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                builder.Append('\n', trusted: true);
            }

            if (i == 0 ? first : blank || lines[i].Text.Length > 0)
            {
                builder.Append(indention);
            }

            builder.Append(lines[i]);
        }

        return builder.ToStr(text.IsMarkup);
    }

    static Value Truncate(RenderContext context, Value input, Value?[] arguments)
    {
        int length = Numbers.Small(arguments[0], 255);
        Str end = arguments[2] is null ? new Str("...", trusted: true) : StringMethods.Text(arguments[2]!, "truncate");
        int leeway = arguments[3] is null or NoneValue ? 5 : Numbers.Small(arguments[3], 5);
        if (length < end.Length)
        {
            throw new TemplateException($"expected length >= {end.Length}, got {length}");
        }

        if (leeway < 0)
        {
            throw new TemplateException($"expected leeway >= 0, got {leeway}");
        }

        int has = Iteration.Length(input) ?? throw new TemplateException($"object of type '{input.TypeName}' has no len()");
        if (has <= (long)length + leeway)
        {
            return input;
        }

        Str text = input as Str ?? throw new TemplateException($"'{input.TypeName}' object has no attribute 'rsplit'");

        Str kept = text.Slice(0, text.ToUnit(length - end.Length));
        int space = arguments[1] is { Truthy: true } ? -1 : kept.Text.LastIndexOf(' ');
        return Operators.Binary(context, "+", space < 0 ? kept : kept.Slice(0, space), end);
    }

    static Value StripTags(RenderContext context, Value input, Value?[] arguments)
    {
        Str value = Soft(context, input);
        string text = Comments().Replace(value.Text, "");
        text = Tags().Replace(text, "");
        text = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return value.Derive(System.Net.WebUtility.HtmlDecode(text)).WithMarkup(false);
    }

    /// <summary>The value with the string keys of its dictionaries in order, as pprint shows them.</summary>
    static Value WithSortedKeys(RenderContext context, Value value)
    {
        context.Charge();
        context.EnsureStack();
        switch (value)
        {
            case ListValue list:
                return new ListValue(Array.ConvertAll(list.Items, item => WithSortedKeys(context, item)));
            case TupleValue tuple:
                return new TupleValue(Array.ConvertAll(tuple.Items, item => WithSortedKeys(context, item)));
            case DictValue dict:
                KeyValuePair<Value, Value>[] entries = [.. dict.Entries];
                entries = entries.All(entry => entry.Key is Str) ? Sorting.Sort(context, entries, entry => entry.Key, reverse: false) : entries;
                var sorted = new DictValue();
                foreach ((Value key, Value item) in entries)
                {
                    sorted.Set(key, WithSortedKeys(context, item));
                }

                return sorted;
            default:
                return value;
        }
    }

    static Value UrlEncode(RenderContext context, Value input, Value?[] arguments)
    {
        if (input is Str || !Iteration.IsIterable(input))
        {
            return Quote(PythonText.Of(context, input), query: false);
        }

        var builder = new TextBuilder(context);
        foreach (Value pair in Iteration.Of(context, input is DictValue dict ? new ViewValue(dict, "dict_items") : input))
        {
            if (Iteration.ToArray(context, pair) is not [Value key, Value value])
            {
                throw new TemplateException("urlencode takes pairs");
            }

            builder.Append(builder.Length > 0 ? "&" : "", trusted: true);
            builder.Append(Quote(PythonText.Of(context, key), query: true));
            builder.Append('=', trusted: true);
            builder.Append(Quote(PythonText.Of(context, value), query: true));
        }

        return builder.ToStr();
    }

    static Str Quote(Str value, bool query)
    {
        var quoted = new StringBuilder(value.Text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(value.Text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'~' || (b == '/' && !query))
            {
                quoted.Append((char)b);
            }
            else
            {
                quoted.Append(b == ' ' && query ? "+" : $"%{b:X2}");
            }
        }

        return value.Derive(quoted.ToString()).WithMarkup(false);
    }

    static Value XmlAttributes(RenderContext context, Value input, Value?[] arguments)
    {
        DictValue dict = input as DictValue ?? throw new TemplateException($"'{input.TypeName} object' has no attribute 'items'");
        var builder = new TextBuilder(context);
        foreach ((Value key, Value value) in dict.Entries)
        {
            if (value is NoneValue or UndefinedValue)
            {
                continue;
            }

            Str name = PythonText.Of(context, key);
            if (name.Text.AsSpan().ContainsAny(NotInNames))
            {
                throw new TemplateException($"Invalid character in attribute name: {PythonText.Repr(context, key).Text}");
            }

            builder.Append(builder.Length > 0 || arguments[0] is not { Truthy: false } ? " " : "", trusted: true);
            builder.Append(Html.Escape(name));
            builder.Append("=\"", trusted: true);
            builder.Append(Html.Escape(PythonText.Soft(context, value)));
            builder.Append('"', trusted: true);
        }

        return builder.ToStr();
    }

    [GeneratedRegex(@"\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Words();

    [GeneratedRegex(@"([-\s({\[<]+)", RegexOptions.NonBacktracking)]
    private static partial Regex WordStarts();

    [GeneratedRegex(@"<!--.*?-->", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Comments();

    [GeneratedRegex(@"<.*?>", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex Tags();
}
