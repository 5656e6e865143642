using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels.Blocks;

/// <summary>Where the bits of a code lie: planes of 4, 2 and 1 bits, and whole bytes. 32 codes of a row are 8 words of 4; they come from 4 rows at once, and go to one.</summary>
/// <remarks>Group g is columns 4g to 4g + 3. Nibbles: line g / 2, low nibble for even g. Pairs: line g / 4, bits 2(g % 4) and up. Bits: one line, bit g. Bytes: line g. A row has one word in every line.</remarks>
static unsafe class Codes
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Words from one line to the next.
    const int Line = 16;

    /// <summary>Stores four bits of each code.</summary>
    [MethodImpl(Inline)]
    public static void PutNibbles(byte* block, int row, in CodeGroups codes)
    {
        uint* to = (uint*)block + row;
        Vector128<uint> low = Vector128.Create(0x0F0F0F0Fu);
        (codes.G0 & low | (codes.G1 & low) << 4).Store(to);
        (codes.G2 & low | (codes.G3 & low) << 4).Store(to + Line);
        (codes.G4 & low | (codes.G5 & low) << 4).Store(to + 2 * Line);
        (codes.G6 & low | (codes.G7 & low) << 4).Store(to + 3 * Line);
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
    public static void PutPairs(byte* block, int row, in CodeGroups codes, [ConstantExpected] int bit)
    {
        uint* to = (uint*)block + row;
        Vector128<uint> low = Vector128.Create(0x03030303u);
        (codes.G0 >> bit & low | (codes.G1 >> bit & low) << 2 | (codes.G2 >> bit & low) << 4 | (codes.G3 >> bit & low) << 6).Store(to);
        (codes.G4 >> bit & low | (codes.G5 >> bit & low) << 2 | (codes.G6 >> bit & low) << 4 | (codes.G7 >> bit & low) << 6).Store(to + Line);
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
    public static void PutBits(byte* block, int row, in CodeGroups codes, [ConstantExpected] int bit)
    {
        Vector128<uint> low = Vector128.Create(0x01010101u);
        (codes.G0 >> bit & low | (codes.G1 >> bit & low) << 1 | (codes.G2 >> bit & low) << 2 | (codes.G3 >> bit & low) << 3
            | (codes.G4 >> bit & low) << 4 | (codes.G5 >> bit & low) << 5 | (codes.G6 >> bit & low) << 6 | (codes.G7 >> bit & low) << 7).Store((uint*)block + row);
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

    /// <summary>Stores whole codes.</summary>
    [MethodImpl(Inline)]
    public static void PutBytes(byte* block, int row, in CodeGroups codes)
    {
        uint* to = (uint*)block + row;
        codes.G0.Store(to);
        codes.G1.Store(to + Line);
        codes.G2.Store(to + 2 * Line);
        codes.G3.Store(to + 3 * Line);
        codes.G4.Store(to + 4 * Line);
        codes.G5.Store(to + 5 * Line);
        codes.G6.Store(to + 6 * Line);
        codes.G7.Store(to + 7 * Line);
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
