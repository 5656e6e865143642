namespace Millrace.Tokenization.Text;

/// <summary>A regular expression that cannot be used: its syntax is wrong or unknown, it is too large, or a match took more steps than its budget.</summary>
public sealed class PatternException(string pattern, int position, string reason)
    : Exception(position < 0 ? $"regular expression: {reason}: {Shorten(pattern)}" : $"regular expression at character {position}: {reason}: {Shorten(pattern)}")
{
    /// <summary>The expression.</summary>
    public string Pattern { get; } = pattern;

    /// <summary>The index of the character at fault, or -1 where the whole is.</summary>
    public int Position { get; } = position;

    static string Shorten(string text) => text.Length > 80 ? text[..80] + "…" : text;
}
