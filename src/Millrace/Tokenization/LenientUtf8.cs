namespace Millrace.Tokenization;

/// <summary>UTF-8 as llama.cpp reads it: overlong forms and surrogates pass, any other byte that begins no character counts as one U+FFFD.</summary>
/// <remarks>Source: llama.cpp's <c>unicode_cpt_from_utf8</c>. Values above U+10FFFF, at which it ends the process, are U+FFFD a byte here.</remarks>
static class LenientUtf8
{
    /// <summary>How many bytes a character has, by its first byte alone.</summary>
    public static int LengthOf(byte first) => first switch
    {
        < 0xC0 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4,
    };

    /// <summary>Reads a character.</summary>
    /// <param name="text">The text, not empty.</param>
    /// <param name="length">How many bytes it has.</param>
    public static int Decode(ReadOnlySpan<byte> text, out int length)
    {
        int first = text[0];
        length = 1;
        if (first < 0x80)
        {
            return first;
        }

        int size = LengthOf(text[0]);
        if (first is < 0xC0 or >= 0xF8 || size > text.Length)
        {
            return 0xFFFD;
        }

        int value = first & (0x7F >> size);
        for (int i = 1; i < size; i++)
        {
            if ((text[i] & 0xC0) != 0x80)
            {
                return 0xFFFD;
            }

            value = (value << 6) | (text[i] & 0x3F);
        }

        if (value > 0x10FFFF)
        {
            return 0xFFFD;
        }

        length = size;
        return value;
    }

    /// <summary>Writes a character; surrogates as if they were characters.</summary>
    /// <param name="value">The character.</param>
    /// <param name="destination">At least 4 bytes.</param>
    /// <returns>How many bytes it has.</returns>
    public static int Encode(int value, Span<byte> destination)
    {
        switch (value)
        {
            case < 0x80:
                destination[0] = (byte)value;
                return 1;
            case < 0x800:
                destination[0] = (byte)(0xC0 | (value >> 6));
                destination[1] = (byte)(0x80 | (value & 0x3F));
                return 2;
            case < 0x10000:
                destination[0] = (byte)(0xE0 | (value >> 12));
                destination[1] = (byte)(0x80 | ((value >> 6) & 0x3F));
                destination[2] = (byte)(0x80 | (value & 0x3F));
                return 3;
            default:
                destination[0] = (byte)(0xF0 | (value >> 18));
                destination[1] = (byte)(0x80 | ((value >> 12) & 0x3F));
                destination[2] = (byte)(0x80 | ((value >> 6) & 0x3F));
                destination[3] = (byte)(0x80 | (value & 0x3F));
                return 4;
        }
    }
}
