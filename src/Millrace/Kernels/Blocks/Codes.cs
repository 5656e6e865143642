using System.Runtime.CompilerServices;

namespace Millrace.Kernels.Blocks;

/// <summary>Where the bits of a code lie: planes of 4, 2 and 1 bits, and whole bytes. 32 codes of a row come and go as 8 words of 4.</summary>
/// <remarks>Group g is columns 4g to 4g + 3. Nibbles: line g / 2, low nibble for even g. Pairs: line g / 4, bits 2(g % 4) and up. Bits: one line, bit g. Bytes: line g. A row has one word in every line.</remarks>
static unsafe class Codes
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Words from one line to the next.
    const int Line = 16;

    [MethodImpl(Inline)]
    public static void PutNibbles(byte* block, int row, byte* codes)
    {
        uint* to = (uint*)block + row;
        uint* from = (uint*)codes;
        for (int line = 0; line < 4; line++)
        {
            to[line * Line] = from[2 * line] & 0x0F0F0F0F | (from[2 * line + 1] & 0x0F0F0F0F) << 4;
        }
    }

    [MethodImpl(Inline)]
    public static void GetNibbles(byte* block, int row, byte* codes)
    {
        uint* from = (uint*)block + row;
        uint* to = (uint*)codes;
        for (int line = 0; line < 4; line++)
        {
            to[2 * line] = from[line * Line] & 0x0F0F0F0F;
            to[2 * line + 1] = from[line * Line] >> 4 & 0x0F0F0F0F;
        }
    }

    /// <summary>Stores two bits of each code, those from <paramref name="bit"/> up.</summary>
    [MethodImpl(Inline)]
    public static void PutPairs(byte* block, int row, byte* codes, int bit)
    {
        uint* to = (uint*)block + row;
        uint* from = (uint*)codes;
        for (int line = 0; line < 2; line++, from += 4)
        {
            to[line * Line] = from[0] >> bit & 0x03030303 | (from[1] >> bit & 0x03030303) << 2
                | (from[2] >> bit & 0x03030303) << 4 | (from[3] >> bit & 0x03030303) << 6;
        }
    }

    /// <summary>Takes two bits of each code and adds them at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrPairs(byte* block, int row, byte* codes, int bit)
    {
        uint* from = (uint*)block + row;
        uint* to = (uint*)codes;
        for (int group = 0; group < 8; group++)
        {
            to[group] |= (from[group / 4 * Line] >> group % 4 * 2 & 0x03030303) << bit;
        }
    }

    /// <summary>Stores one bit of each code.</summary>
    [MethodImpl(Inline)]
    public static void PutBits(byte* block, int row, byte* codes, int bit)
    {
        uint* from = (uint*)codes;
        uint bits = 0;
        for (int group = 0; group < 8; group++)
        {
            bits |= (from[group] >> bit & 0x01010101) << group;
        }

        ((uint*)block)[row] = bits;
    }

    /// <summary>Takes one bit of each code and adds it at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrBits(byte* block, int row, byte* codes, int bit)
    {
        uint bits = ((uint*)block)[row];
        uint* to = (uint*)codes;
        for (int group = 0; group < 8; group++)
        {
            to[group] |= (bits >> group & 0x01010101) << bit;
        }
    }

    [MethodImpl(Inline)]
    public static void PutBytes(byte* block, int row, byte* codes)
    {
        for (int group = 0; group < 8; group++)
        {
            ((uint*)block)[group * Line + row] = ((uint*)codes)[group];
        }
    }

    [MethodImpl(Inline)]
    public static void GetBytes(byte* block, int row, byte* codes)
    {
        for (int group = 0; group < 8; group++)
        {
            ((uint*)codes)[group] = ((uint*)block)[group * Line + row];
        }
    }
}
