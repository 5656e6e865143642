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
        Str[] chunks = [.. Chunks(line, breakHyphens)];
        context.ChargeElements(chunks.Length);
        bool any = false;
        for (int next = 0; next < chunks.Length;)
        {
            context.Charge();
            next += any && IsBlank(chunks[next]) ? 1 : 0;
            int used = 0;
            List<Str> row = [];
            for (; next < chunks.Length && used + chunks[next].Length <= width; next++)
            {
                used += chunks[next].Length;
                row.Add(chunks[next]);
            }

            if (next < chunks.Length && chunks[next].Length > width && (breakLong || row.Count == 0))
            {
                Str chunk = chunks[next];
                int cut = breakLong ? chunk.ToUnit(Math.Max(1, width - used)) : chunk.Text.Length;
                row.Add(chunk.Slice(0, cut));
                chunks[next] = chunk.Slice(cut, chunk.Text.Length);
                next += breakLong ? 0 : 1;
                context.ChargeCharacters(chunk.Text.Length);
            }

            if (row.Count > 0 && IsBlank(row[^1]))
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

    static bool IsBlank(Str chunk) => string.IsNullOrWhiteSpace(chunk.Text);

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
