using System.Runtime.CompilerServices;

namespace Millrace.Kernels.Blocks;

/// <summary>How files pack codes, taken apart 8 bytes at a time.</summary>
static unsafe class RawBits
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    const ulong LowNibbles = 0x0F0F0F0F0F0F0F0F;
    const ulong LowPairs = 0x0303030303030303;
    const ulong LowBits = 0x0101010101010101;

    /// <summary>Low nibbles first, then the high ones; a multiple of 8 bytes.</summary>
    [MethodImpl(Inline)]
    public static void Nibbles(byte* packed, int bytes, byte* codes)
    {
        for (int i = 0; i < bytes; i += 8)
        {
            ulong eight = *(ulong*)(packed + i);
            *(ulong*)(codes + i) = eight & LowNibbles;
            *(ulong*)(codes + bytes + i) = eight >> 4 & LowNibbles;
        }
    }

    /// <summary>Two bits of each of 32 bytes, from <paramref name="shift"/> up, added to 32 codes at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrPairs(byte* packed, int shift, byte* codes, int bit)
    {
        for (int i = 0; i < 32; i += 8)
        {
            *(ulong*)(codes + i) |= (*(ulong*)(packed + i) >> shift & LowPairs) << bit;
        }
    }

    /// <summary>One bit of each of 32 bytes, added to 32 codes at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrBits(byte* packed, int shift, byte* codes, int bit)
    {
        for (int i = 0; i < 32; i += 8)
        {
            *(ulong*)(codes + i) |= (*(ulong*)(packed + i) >> shift & LowBits) << bit;
        }
    }

    /// <summary>Bit k of 32 becomes bit 4 of code k.</summary>
    [MethodImpl(Inline)]
    public static void OrHighBits(byte* packed, byte* codes)
    {
        for (int i = 0; i < 4; i++)
        {
            // Bit 7 - j of the product's byte j is bit j of the byte: 8 copies, each moved one further.
            ulong spread = (packed[i] * 0x8040201008040201UL) >> 7 & LowBits;
            *(ulong*)(codes + 8 * i) |= System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(spread) << 4;
        }
    }

    /// <summary>The 8 scales and 8 minima of 6 bits that Q4_K and Q5_K pack in 12 bytes.</summary>
    [MethodImpl(Inline)]
    public static void SixBitScales(byte* packed, WeightUnit* to)
    {
        for (int j = 0; j < 8; j++)
        {
            int scale = j < 4 ? packed[j] & 63 : packed[j + 4] & 15 | packed[j - 4] >> 6 << 4;
            int min = j < 4 ? packed[j + 4] & 63 : packed[j + 4] >> 4 | packed[j] >> 6 << 4;
            to->SubScales[2 * j] = to->SubScales[2 * j + 1] = (sbyte)scale;
            to->SubMins[2 * j] = to->SubMins[2 * j + 1] = (byte)min;
        }
    }
}
