using System.Runtime.CompilerServices;

namespace Millrace.Tokenization.Text;

/// <summary>Steps over UTF-8. A byte that belongs to no well-formed character counts as one U+FFFD of length 1, in both directions.</summary>
static class Utf8
{
    public const int Replacement = 0xFFFD;

    /// <summary>The code point at a position, which must be inside the text.</summary>
    /// <returns>The number of its bytes, 1 to 4.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<byte> text, int at, out int codePoint)
    {
        int first = text[at];
        if (first < 0x80)
        {
            codePoint = first;
            return 1;
        }

        return DecodeLong(text, at, first, out codePoint);
    }

    /// <summary>The number of bytes of the code point that ends at a position, which must be above 0.</summary>
    public static int LengthBefore(ReadOnlySpan<byte> text, int at)
    {
        if (text[at - 1] < 0x80)
        {
            return 1;
        }

        for (int back = 2; back <= 4 && back <= at; back++)
        {
            if ((text[at - back] & 0xC0) != 0x80)
            {
                return Decode(text, at - back, out _) == back ? back : 1;
            }
        }

        return 1;
    }

    /// <summary>Writes a code point; surrogates become U+FFFD.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Encode(int codePoint, Span<byte> destination)
    {
        if (codePoint < 0x80)
        {
            destination[0] = (byte)codePoint;
            return 1;
        }

        return (System.Text.Rune.TryCreate(codePoint, out System.Text.Rune rune) ? rune : System.Text.Rune.ReplacementChar).EncodeToUtf8(destination);
    }

    static int DecodeLong(ReadOnlySpan<byte> text, int at, int first, out int codePoint)
    {
        int left = text.Length - at;
        if (first is >= 0xC2 and < 0xE0 && left > 1 && IsTail(text[at + 1]))
        {
            codePoint = (first & 0x1F) << 6 | text[at + 1] & 0x3F;
            return 2;
        }

        if (first is >= 0xE0 and < 0xF0 && left > 2 && IsTail(text[at + 1]) && IsTail(text[at + 2]))
        {
            codePoint = (first & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | text[at + 2] & 0x3F;
            if (codePoint is >= 0x800 and (< 0xD800 or > 0xDFFF))
            {
                return 3;
            }
        }
        else if (first is >= 0xF0 and < 0xF5 && left > 3 && IsTail(text[at + 1]) && IsTail(text[at + 2]) && IsTail(text[at + 3]))
        {
            codePoint = (first & 0x07) << 18 | (text[at + 1] & 0x3F) << 12 | (text[at + 2] & 0x3F) << 6 | text[at + 3] & 0x3F;
            if (codePoint is >= 0x10000 and <= 0x10FFFF)
            {
                return 4;
            }
        }

        codePoint = Replacement;
        return 1;
    }

    static bool IsTail(byte value) => (value & 0xC0) == 0x80;
}
