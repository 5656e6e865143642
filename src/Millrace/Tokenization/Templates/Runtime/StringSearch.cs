using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The methods of str that search, replace and split. Parts keep the trust of their characters.</summary>
static class StringSearch
{
    public static Value Find(RenderContext context, Str self, Value?[] arguments, bool last, bool must)
    {
        string part = StringMethods.Text(arguments[0]!, "find").Text;
        (int start, int end) = Window(self, arguments[1], arguments[2]);
        int at = start > end ? -1 : last
            ? TextSearch.Last(self.Text.AsSpan(start, end - start), part)
            : TextSearch.First(self.Text.AsSpan(start, end - start), part);
        if (last && part.Length == 0 && start <= end)
        {
            at = end - start;
        }

        if (at < 0)
        {
            return must ? throw new TemplateException("substring not found") : IntValue.Of(-1);
        }

        return IntValue.Of(self.ToPoint(start + at));
    }

    public static Value Count(RenderContext context, Str self, Value?[] arguments)
    {
        string part = StringMethods.Text(arguments[0]!, "count").Text;
        (int start, int end) = Window(self, arguments[1], arguments[2]);
        if (start > end)
        {
            return IntValue.Of(0);
        }

        if (part.Length == 0)
        {
            return IntValue.Of(self.ToPoint(end) - self.ToPoint(start) + 1);
        }

        int count = 0;
        for (int at = start; at >= 0; count++)
        {
            int next = TextSearch.First(self.Text.AsSpan(at, end - at), part);
            if (next < 0)
            {
                break;
            }

            at += next + part.Length;
        }

        return IntValue.Of(count);
    }

    /// <summary>startswith and endswith, with one string or a tuple of them.</summary>
    public static Value Affix(RenderContext context, Str self, Value?[] arguments, bool atEnd)
    {
        (int start, int end) = Window(self, arguments[1], arguments[2]);
        string name = atEnd ? "endswith" : "startswith";
        if (arguments[0] is TupleValue choices)
        {
            foreach (Value choice in choices.Items)
            {
                if (choice is not Str)
                {
                    throw new TemplateException($"tuple for {name} must only contain str, not {choice.TypeName}");
                }

                if (Matches((Str)choice))
                {
                    return BoolValue.True;
                }
            }

            return BoolValue.False;
        }

        return arguments[0] is Str affix ? BoolValue.Of(Matches(affix))
            : throw new TemplateException($"{name} first arg must be str or a tuple of str, not {arguments[0]!.TypeName}");

        bool Matches(Str affix) => start <= end && (atEnd
            ? self.Text.AsSpan(start, end - start).EndsWith(affix.Text, StringComparison.Ordinal)
            : self.Text.AsSpan(start, end - start).StartsWith(affix.Text, StringComparison.Ordinal));
    }

    public static Str Replace(RenderContext context, Str self, Str old, Str replacement, int count)
    {
        count = count < 0 ? int.MaxValue : count;
        if (old.Text.Length > 0 && TextSearch.First(self.Text, old.Text) < 0)
        {
            return self;
        }

        var builder = new TextBuilder(context);
        int done = 0;
        while (count > 0)
        {
            int at = old.Text.Length == 0 ? 0 : TextSearch.First(self.Text.AsSpan(done), old.Text);
            if (at < 0)
            {
                break;
            }

            context.Charge();
            at += done;
            builder.Append(self.Slice(done, at));
            builder.Append(replacement);
            count--;
            done = at + old.Text.Length;
            if (old.Text.Length == 0)
            {
                if (at == self.Text.Length)
                {
                    break;
                }

                done = at + self.UnitsAt(at);
                builder.Append(self.Slice(at, done));
            }
        }

        builder.Append(self.Slice(done, self.Text.Length));
        return builder.ToStr(self.IsMarkup);
    }

    public static Value Partition(Str self, Value separator, bool last)
    {
        string text = StringMethods.Text(separator, "partition").Text;
        if (text.Length == 0)
        {
            throw new TemplateException("empty separator");
        }

        int at = last ? TextSearch.Last(self.Text, text) : TextSearch.First(self.Text, text);
        return new TupleValue(at < 0
            ? last ? [Str.Empty, Str.Empty, self] : [self, Str.Empty, Str.Empty]
            : [self.Slice(0, at), self.Slice(at, at + text.Length), self.Slice(at + text.Length, self.Text.Length)]);
    }

    /// <summary>split and rsplit: at a separator, or at runs of white space.</summary>
    public static Value Split(RenderContext context, Str self, Value?[] arguments, bool fromEnd)
    {
        int limit = Numbers.Small(arguments[1], -1);
        limit = limit < 0 ? int.MaxValue : limit;
        List<Value> parts = [];
        if (arguments[0] is null or NoneValue)
        {
            SplitAtSpace(context, self, limit, fromEnd, parts);
        }
        else
        {
            string separator = arguments[0] is Str text ? text.Text
                : throw new TemplateException($"must be str or None, not {arguments[0]!.TypeName}");
            if (separator.Length == 0)
            {
                throw new TemplateException("empty separator");
            }

            SplitAt(context, self, separator, limit, fromEnd, parts);
        }

        if (fromEnd)
        {
            parts.Reverse();
        }

        return new ListValue([.. parts]);
    }

    public static Value SplitLines(RenderContext context, Str self, bool keepEnds)
    {
        List<Value> lines = [];
        foreach ((int start, int end, int next) in PythonText.Lines(self.Text))
        {
            context.ChargeElements(1);
            lines.Add(self.Slice(start, keepEnds ? next : end));
        }

        return new ListValue([.. lines]);
    }

    static void SplitAt(RenderContext context, Str self, string separator, int limit, bool fromEnd, List<Value> parts)
    {
        int start = 0, end = self.Text.Length;
        while (limit-- > 0)
        {
            ReadOnlySpan<char> rest = self.Text.AsSpan(start, end - start);
            int at = fromEnd ? TextSearch.Last(rest, separator) : TextSearch.First(rest, separator);
            if (at < 0)
            {
                break;
            }

            context.ChargeElements(1);
            parts.Add(fromEnd ? self.Slice(start + at + separator.Length, end) : self.Slice(start, start + at));
            (start, end) = fromEnd ? (start, start + at) : (start + at + separator.Length, end);
        }

        parts.Add(self.Slice(start, end));
    }

    static void SplitAtSpace(RenderContext context, Str self, int limit, bool fromEnd, List<Value> parts)
    {
        string text = self.Text;
        int start = 0, end = text.Length;
        while (true)
        {
            while (start < end && PythonText.IsSpace(fromEnd ? text[end - 1] : text[start]))
            {
                (start, end) = fromEnd ? (start, end - 1) : (start + 1, end);
            }

            if (start == end)
            {
                return;
            }

            context.ChargeElements(1);
            if (limit-- == 0)
            {
                break;
            }

            int mark = fromEnd ? end : start;
            while (fromEnd ? mark > start && !PythonText.IsSpace(text[mark - 1]) : mark < end && !PythonText.IsSpace(text[mark]))
            {
                mark += fromEnd ? -1 : 1;
            }

            parts.Add(fromEnd ? self.Slice(mark, end) : self.Slice(start, mark));
            (start, end) = fromEnd ? (start, mark) : (mark, end);
        }

        // The limit is reached: the rest is one part, stripped only where it was cut.
        while (fromEnd && end > start && PythonText.IsSpace(text[end - 1]))
        {
            end--;
        }

        parts.Add(self.Slice(start, end));
    }

    /// <summary>The part of the text that start and end arguments choose, in UTF-16 positions.</summary>
    static (int Start, int End) Window(Str self, Value? start, Value? end)
    {
        if (start is null or NoneValue && end is null or NoneValue)
        {
            return (0, self.Text.Length);
        }

        int length = self.Length;
        int from = At(start, 0), to = At(end, length);
        return from > length ? (1, 0) : (self.ToUnit(from), self.ToUnit(Math.Min(to, length)));

        int At(Value? position, int otherwise)
        {
            long at = position is null or NoneValue ? otherwise : Numbers.Small(position, 0);
            return (int)Math.Max(0, at < 0 ? at + length : at);
        }
    }
}
