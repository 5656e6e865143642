using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The methods of Python's str; see <see cref="StringSearch"/> for those that search and split.</summary>
static class StringMethods
{
    delegate Value Method(RenderContext context, Str self, Value?[] arguments);

    static readonly Dictionary<string, (string[] Parameters, int Required, Method Body)> Methods = new()
    {
        ["capitalize"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Capitalize)),
        ["casefold"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Fold)),
        ["center"] = (["width", "fillchar"], 1, (c, s, a) => Center(c, s, a)),
        ["count"] = (["sub", "start", "end"], 1, StringSearch.Count),
        ["endswith"] = (["suffix", "start", "end"], 1, (c, s, a) => StringSearch.Affix(c, s, a, atEnd: true)),
        ["expandtabs"] = (["tabsize"], 0, ExpandTabs),
        ["find"] = (["sub", "start", "end"], 1, (c, s, a) => StringSearch.Find(c, s, a, last: false, must: false)),
        ["index"] = (["sub", "start", "end"], 1, (c, s, a) => StringSearch.Find(c, s, a, last: false, must: true)),
        ["isalnum"] = ([], 0, (_, s, _) => CharacterTests.All(s, CharacterTests.IsAlphanumeric)),
        ["isalpha"] = ([], 0, (_, s, _) => CharacterTests.All(s, CharacterTests.IsAlpha)),
        ["isascii"] = ([], 0, (_, s, _) => BoolValue.Of(Ascii.IsValid(s.Text))),
        ["isdecimal"] = ([], 0, (_, s, _) => CharacterTests.All(s, CharacterTests.IsDecimal)),
        ["isdigit"] = ([], 0, (_, s, _) => CharacterTests.All(s, CharacterTests.IsDigit)),
        ["isidentifier"] = ([], 0, (_, s, _) => BoolValue.Of(CharacterTests.IsIdentifier(s.Text))),
        ["islower"] = ([], 0, (_, s, _) => BoolValue.Of(PythonCase.Is(s.Text, upper: false))),
        ["isnumeric"] = ([], 0, (_, s, _) => CharacterTests.All(s, CharacterTests.IsNumeric)),
        ["isprintable"] = ([], 0, (_, s, _) => BoolValue.Of(s.Text.Length == 0 || CharacterTests.All(s, PythonText.IsPrintable).Value)),
        ["isspace"] = ([], 0, (_, s, _) => BoolValue.Of(s.Text.Length > 0 && PythonText.Strip(s.Text).Length == 0)),
        ["istitle"] = ([], 0, (_, s, _) => BoolValue.Of(PythonCase.IsTitle(s.Text))),
        ["isupper"] = ([], 0, (_, s, _) => BoolValue.Of(PythonCase.Is(s.Text, upper: true))),
        ["join"] = (["iterable"], 1, (c, s, a) => Join(c, s, a[0]!)),
        ["ljust"] = (["width", "fillchar"], 1, (c, s, a) => Pad(c, s, a, 0, Missing(s, a))),
        ["lower"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Lower)),
        ["lstrip"] = (["chars"], 0, (c, s, a) => Strip(c, s, a[0], start: true, end: false)),
        ["partition"] = (["sep"], 1, (c, s, a) => StringSearch.Partition(s, a[0]!, last: false)),
        ["removeprefix"] = (["prefix"], 1, (_, s, a) => Text(a[0]!, "removeprefix") is var p && s.Text.StartsWith(p.Text, StringComparison.Ordinal)
            ? s.Slice(p.Text.Length, s.Text.Length) : s),
        ["removesuffix"] = (["suffix"], 1, (_, s, a) => Text(a[0]!, "removesuffix") is var p && s.Text.EndsWith(p.Text, StringComparison.Ordinal)
            ? s.Slice(0, s.Text.Length - p.Text.Length) : s),
        ["replace"] = (["old", "new", "count"], 2, (c, s, a) => StringSearch.Replace(c, s, Text(a[0]!, "replace"), Text(a[1]!, "replace"), Numbers.Small(a[2], -1))),
        ["rfind"] = (["sub", "start", "end"], 1, (c, s, a) => StringSearch.Find(c, s, a, last: true, must: false)),
        ["rindex"] = (["sub", "start", "end"], 1, (c, s, a) => StringSearch.Find(c, s, a, last: true, must: true)),
        ["rjust"] = (["width", "fillchar"], 1, (c, s, a) => Pad(c, s, a, Missing(s, a), 0)),
        ["rpartition"] = (["sep"], 1, (c, s, a) => StringSearch.Partition(s, a[0]!, last: true)),
        ["rsplit"] = (["sep", "maxsplit"], 0, (c, s, a) => StringSearch.Split(c, s, a, fromEnd: true)),
        ["rstrip"] = (["chars"], 0, (c, s, a) => Strip(c, s, a[0], start: false, end: true)),
        ["split"] = (["sep", "maxsplit"], 0, (c, s, a) => StringSearch.Split(c, s, a, fromEnd: false)),
        ["splitlines"] = (["keepends"], 0, (c, s, a) => StringSearch.SplitLines(c, s, a[0] is { Truthy: true })),
        ["startswith"] = (["prefix", "start", "end"], 1, (c, s, a) => StringSearch.Affix(c, s, a, atEnd: false)),
        ["strip"] = (["chars"], 0, (c, s, a) => Strip(c, s, a[0], start: true, end: true)),
        ["swapcase"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Swap)),
        ["title"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Title)),
        ["upper"] = ([], 0, (_, s, _) => Recase(s, PythonCase.Upper)),
        ["zfill"] = (["width"], 1, ZeroFill),
    };

    /// <summary>Methods that do not look at the characters one by one.</summary>
    static readonly HashSet<string> Vectorized =
    [
        "count", "endswith", "find", "index", "join", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rpartition", "startswith",
    ];

    /// <summary>The method of that name bound to the string, or null.</summary>
    public static Value? Find(Str self, string name)
    {
        if (name is "format" or "format_map")
        {
            return new FunctionValue(name, (context, arguments) => BraceFormat.Apply(context, self, arguments, name == "format_map"), isMethod: true);
        }

        return Methods.TryGetValue(name, out var method)
            ? new FunctionValue(name, Bound, isMethod: true)
            : null;

        Value Bound(RenderContext context, Arguments arguments)
        {
            context.Charge(self.Text.Length >> (Vectorized.Contains(name) && !self.HasPairs ? 6 : 3));
            Value?[] bound = arguments.Bind(name, method.Parameters, method.Required);
            if (self.IsMarkup)
            {
                for (int i = 0; i < bound.Length; i++)
                {
                    bound[i] = bound[i] is Str text ? Html.Escape(text) : bound[i];
                }
            }

            Value result = method.Body(context, self, bound);
            if (!ReferenceEquals(result, self) && result is Str or SequenceValue)
            {
                context.ChargeCharacters(result is Str made ? made.Text.Length : self.Text.Length);
            }

            return result;
        }
    }

    /// <summary>A string argument.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    public static Str Text(Value value, string method) => value as Str
        ?? throw (value as UndefinedValue)?.Error() ?? new TemplateException($"{method}() argument must be str, not {value.TypeName}");

    /// <summary>The string without the given characters (white space by default) at its ends.</summary>
    public static Str Strip(RenderContext context, Str self, Value? chars, bool start, bool end)
    {
        string text = self.Text;
        int from = 0, to = text.Length;
        HashSet<Rune>? set = null;
        if (chars is not null and not NoneValue)
        {
            string given = (chars as Str)?.Text ?? throw new TemplateException("strip arg must be None or str");
            context.ChargeScan(given);
            set = [.. given.EnumerateRunes()];
        }

        while (start && from < to && InSet(text.AsSpan(from, self.UnitsAt(from)), set))
        {
            from += self.UnitsAt(from);
        }

        while (end && to > from)
        {
            int units = to - 2 >= from && char.IsSurrogatePair(text[to - 2], text[to - 1]) ? 2 : 1;
            if (!InSet(text.AsSpan(to - units, units), set))
            {
                break;
            }

            to -= units;
        }

        return self.Slice(from, to);
    }

    /// <summary>separator.join(elements).</summary>
    public static Str Join(RenderContext context, Str separator, Value elements)
    {
        var builder = new TextBuilder(context);
        int index = 0;
        foreach (Value element in Iteration.Of(context, elements))
        {
            if (element is not Str text)
            {
                if (!separator.IsMarkup)
                {
                    throw new TemplateException($"sequence item {index}: expected str instance, {element.TypeName} found");
                }

                text = PythonText.Of(context, element);
            }

            if (index++ > 0)
            {
                builder.Append(separator);
            }

            builder.Append(separator.IsMarkup ? Html.Escape(text) : text);
        }

        return builder.ToStr(separator.IsMarkup);
    }

    /// <summary>The string in another case; where the length stays, each character keeps its trust.</summary>
    public static Str Recase(Str self, Func<string, string> map)
    {
        string text = map(self.Text);
        return text.Length == self.Text.Length ? new Str(text, self.StartsTrusted, self.Flips.IsEmpty ? null : self.Flips.ToArray(), self.IsMarkup) : self.Derive(text);
    }

    /// <summary>center(width, fillchar).</summary>
    public static Str Center(RenderContext context, Str self, Value?[] arguments)
    {
        int missing = Missing(self, arguments);
        int left = missing / 2 + (missing & Numbers.Small(arguments[0], 0) & 1);
        return Pad(context, self, arguments, left, missing - left);
    }

    static bool InSet(ReadOnlySpan<char> character, HashSet<Rune>? set)
    {
        if (set is null)
        {
            return character.Length == 1 && PythonText.IsSpace(character[0]);
        }

        Rune.DecodeFromUtf16(character, out Rune rune, out _);
        return set.Contains(rune);
    }

    static int Missing(Str self, Value?[] arguments) => Math.Max(0, Numbers.Small(arguments[0], 0) - self.Length);

    static Str Pad(RenderContext context, Str self, Value?[] arguments, int left, int right)
    {
        Str fill = arguments[1] is null ? new Str(" ", trusted: true) : Text(arguments[1]!, "fillchar");
        if (fill.Length != 1)
        {
            throw new TemplateException("The fill character must be exactly one character long");
        }

        context.Charge(left + right);
        var builder = new TextBuilder(context);
        for (int i = 0; i < left; i++)
        {
            builder.Append(fill);
        }

        builder.Append(self);
        for (int i = 0; i < right; i++)
        {
            builder.Append(fill);
        }

        return builder.ToStr(self.IsMarkup);
    }

    static Str ZeroFill(RenderContext context, Str self, Value?[] arguments)
    {
        int sign = self.Text.StartsWith('+') || self.Text.StartsWith('-') ? 1 : 0;
        var builder = new TextBuilder(context);
        builder.Append(self.Slice(0, sign));
        builder.Append('0', trusted: true, Missing(self, arguments));
        builder.Append(self.Slice(sign, self.Text.Length));
        return builder.ToStr(self.IsMarkup);
    }

    static Str ExpandTabs(RenderContext context, Str self, Value?[] arguments)
    {
        int size = Numbers.Small(arguments[0], 8);
        var builder = new TextBuilder(context);
        int column = 0;
        for (int at = 0; at < self.Text.Length;)
        {
            int units = self.UnitsAt(at);
            char c = self.Text[at];
            if (c == '\t')
            {
                int spaces = size > 0 ? size - column % size : 0;
                builder.Append(' ', trusted: true, spaces);
                column += spaces;
            }
            else
            {
                builder.Append(self.Slice(at, at + units));
                column = c is '\n' or '\r' ? 0 : column + 1;
            }

            at += units;
        }

        return builder.ToStr(self.IsMarkup);
    }
}
