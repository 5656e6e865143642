using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels.Blocks;

/// <summary>How files pack codes, taken apart 16 bytes at a time.</summary>
static unsafe class RawBits
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Low nibbles first, then the high ones; 8 bytes or a multiple of 16.</summary>
    [MethodImpl(Inline)]
    public static void Nibbles(byte* packed, int bytes, byte* codes)
    {
        if (bytes == 8)
        {
            ulong eight = *(ulong*)packed;
            Vector128.Store(Vector128.Create(eight, eight >> 4).AsByte() & Vector128.Create((byte)0x0F), codes);
            return;
        }

        for (int i = 0; i < bytes; i += 16)
        {
            Vector128<uint> some = Vector128.Load((uint*)(packed + i)), low = Vector128.Create(0x0F0F0F0Fu);
            Vector128.Store(some & low, (uint*)(codes + i));
            Vector128.Store(some >> 4 & low, (uint*)(codes + bytes + i));
        }
    }

    /// <summary>Two bits of each of 32 bytes, from <paramref name="shift"/> up, added to 32 codes at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrPairs(byte* packed, int shift, byte* codes, int bit)
    {
        for (int i = 0; i < 32; i += 16)
        {
            Vector128<uint> pairs = Vector128.Load((uint*)(packed + i)) >> shift & Vector128.Create(0x03030303u);
            Vector128.Store(Vector128.Load((uint*)(codes + i)) | pairs << bit, (uint*)(codes + i));
        }
    }

    /// <summary>One bit of each of 32 bytes, added to 32 codes at <paramref name="bit"/>.</summary>
    [MethodImpl(Inline)]
    public static void OrBits(byte* packed, int shift, byte* codes, int bit)
    {
        for (int i = 0; i < 32; i += 16)
        {
            Vector128<uint> bits = Vector128.Load((uint*)(packed + i)) >> shift & Vector128.Create(0x01010101u);
            Vector128.Store(Vector128.Load((uint*)(codes + i)) | bits << bit, (uint*)(codes + i));
        }
    }

    /// <summary>Bit k of 32 becomes bit 4 of code k.</summary>
    [MethodImpl(Inline)]
    public static void OrHighBits(byte* packed, byte* codes)
    {
        Vector128<byte> bit = Vector128.Create(0x8040201008040201UL).AsByte();
        for (int i = 0; i < 2; i++)
        {
            // Eight copies of a byte, of which each code looks at one bit.
            Vector128<byte> copies = Vector128.Create(packed[2 * i] * 0x0101010101010101UL, packed[2 * i + 1] * 0x0101010101010101UL).AsByte();
            Vector128<byte> high = Vector128.Equals(copies & bit, bit) & Vector128.Create((byte)16);
            Vector128.Store(Vector128.Load(codes + 16 * i) | high, codes + 16 * i);
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
