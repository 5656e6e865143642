using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The filter wordwrap: Python's textwrap over each line, breaking at spaces, after hyphens and, if asked, inside words.</summary>
static class WordWrap
{
    public static Value Apply(RenderContext context, Value input, Value?[] arguments)
    {
        Str text = input as Str ?? throw new TemplateException($"'{input.TypeName}' object has no attribute 'splitlines'");
        int width = Numbers.Small(arguments[0], 79);
        if (width <= 0)
        {
            throw new TemplateException($"invalid width {width} (must be > 0)");
        }

        bool breakLong = arguments[1] is not { Truthy: false }, breakHyphens = arguments[3] is not { Truthy: false };
        Str separator = arguments[2] as Str ?? new Str("\n", trusted: true);
        var builder = new TextBuilder(context);
        bool firstLine = true;
        foreach ((int start, int end, _) in PythonText.Lines(text.Text))
        {
            bool firstPart = true;
            if (!firstLine)
            {
                builder.Append(separator);
            }

            firstLine = false;
            foreach (Str part in Wrap(context, text.Slice(start, end), width, breakLong, breakHyphens))
            {
                if (!firstPart)
                {
                    builder.Append(separator);
                }

                firstPart = false;
                builder.Append(part);
            }
        }

        return builder.ToStr();
    }

    static IEnumerable<Str> Wrap(RenderContext context, Str line, int width, bool breakLong, bool breakHyphens)
    {
        Queue<Str> chunks = new(Chunks(line, breakHyphens));
        bool any = false;
        while (chunks.Count > 0)
        {
            context.Charge();
            if (any && string.IsNullOrWhiteSpace(chunks.Peek().Text))
            {
                chunks.Dequeue();
            }

            int used = 0;
            List<Str> row = [];
            while (chunks.Count > 0 && used + chunks.Peek().Length <= width)
            {
                used += chunks.Peek().Length;
                row.Add(chunks.Dequeue());
            }

            if (chunks.Count > 0 && chunks.Peek().Length > width)
            {
                chunks = BreakLong(chunks, row, width, used, breakLong);
            }

            if (row.Count > 0 && string.IsNullOrWhiteSpace(row[^1].Text))
            {
                row.RemoveAt(row.Count - 1);
            }

            if (row.Count > 0)
            {
                any = true;
                var builder = new TextBuilder(context);
                row.ForEach(builder.Append);
                yield return builder.ToStr();
            }
        }
    }

    static Queue<Str> BreakLong(Queue<Str> chunks, List<Str> row, int width, int used, bool breakLong)
    {
        Str chunk = chunks.Peek();
        if (!breakLong)
        {
            if (row.Count == 0)
            {
                row.Add(chunks.Dequeue());
            }

            return chunks;
        }

        int room = Math.Max(1, width - used);
        int cut = chunk.ToUnit(room);
        row.Add(chunk.Slice(0, cut));
        return new([chunk.Slice(cut, chunk.Text.Length), .. chunks.Skip(1)]);
    }

    static IEnumerable<Str> Chunks(Str line, bool breakHyphens)
    {
        string text = line.Text;
        for (int start = 0; start < text.Length;)
        {
            bool space = char.IsWhiteSpace(text[start]);
            int end = start + 1;
            while (end < text.Length && char.IsWhiteSpace(text[end]) == space && !(breakHyphens && !space && AfterHyphen(text, end)))
            {
                end++;
            }

            yield return line.Slice(start, end);
            start = end;
        }
    }

    static bool AfterHyphen(string text, int at) =>
        at >= 2 && text[at - 1] == '-' && char.IsLetter(text[at - 2]) && char.IsLetter(text[at]);
}
