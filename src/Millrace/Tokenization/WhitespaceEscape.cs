namespace Millrace.Tokenization;

/// <summary>SentencePiece's spelling of a space: ▁ (U+2581).</summary>
static class WhitespaceEscape
{
    /// <summary>The ▁.</summary>
    public static ReadOnlySpan<byte> Mark => "▁"u8;

    /// <summary>Whether a ▁ begins at a position, which may be outside the text.</summary>
    public static bool IsMark(ReadOnlySpan<byte> text, int at) => at >= 0 && at + 3 <= text.Length && text[at] == Mark[0] && text[at + 1] == Mark[1] && text[at + 2] == Mark[2];

    /// <summary>The text with each space as ▁.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefix">Whether one more goes before it.</param>
    public static byte[] Apply(ReadOnlySpan<byte> text, bool prefix)
    {
        int marks = text.Count((byte)' ') + (prefix ? 1 : 0);
        byte[] escaped = new byte[checked(text.Length + (marks * (Mark.Length - 1)) + (prefix ? 1 : 0))];
        int at = 0;
        if (prefix)
        {
            Mark.CopyTo(escaped);
            at = Mark.Length;
        }

        while (true)
        {
            int space = text.IndexOf((byte)' ');
            ReadOnlySpan<byte> plain = space < 0 ? text : text[..space];
            plain.CopyTo(escaped.AsSpan(at));
            at += plain.Length;
            if (space < 0)
            {
                return escaped;
            }

            Mark.CopyTo(escaped.AsSpan(at));
            at += Mark.Length;
            text = text[(space + 1)..];
        }
    }

    /// <summary>Writes the text with each ▁ as a space.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Undo(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        int written = 0;
        while (true)
        {
            int mark = text.IndexOf(Mark);
            ReadOnlySpan<byte> plain = mark < 0 ? text : text[..mark];
            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (mark < 0)
            {
                return written;
            }

            destination[written++] = (byte)' ';
            text = text[(mark + Mark.Length)..];
        }
    }
}
