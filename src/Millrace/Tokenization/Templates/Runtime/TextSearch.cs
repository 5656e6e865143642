namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Finds a string in another in linear time, whatever both are.</summary>
static class TextSearch
{
    const int Short = 32; // the runtime's vectorized search may compare this much at each position

    /// <summary>Where the part first occurs, or -1.</summary>
    public static int First(ReadOnlySpan<char> text, string part) =>
        part.Length <= Short ? text.IndexOf(part, StringComparison.Ordinal) : Search(text, part, last: false);

    /// <summary>Where the part last occurs, or -1.</summary>
    public static int Last(ReadOnlySpan<char> text, string part) =>
        part.Length <= Short ? text.LastIndexOf(part, StringComparison.Ordinal) : Search(text, part, last: true);

    /// <summary>Knuth, Morris, Pratt: after a mismatch the part moves to its longest border that still fits.</summary>
    static int Search(ReadOnlySpan<char> text, string part, bool last)
    {
        int candidate = last ? 0 : text.IndexOf(part.AsSpan(0, Short), StringComparison.Ordinal);
        if (candidate < 0 || part.Length > text.Length)
        {
            return -1;
        }

        var border = new int[part.Length + 1];
        border[0] = -1;
        for (int i = 0, k = -1; i < part.Length; border[++i] = ++k)
        {
            while (k >= 0 && part[k] != part[i])
            {
                k = border[k];
            }
        }

        int found = -1;
        for (int i = candidate, k = 0; i < text.Length; i++)
        {
            while (k >= 0 && (k == part.Length || part[k] != text[i]))
            {
                k = border[k];
            }

            if (++k == part.Length)
            {
                found = i + 1 - k;
                if (!last)
                {
                    break;
                }
            }
        }

        return found;
    }
}
