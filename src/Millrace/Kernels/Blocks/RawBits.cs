namespace Millrace.Kernels.Blocks;

/// <summary>How files pack codes.</summary>
static unsafe class RawBits
{
    /// <summary>Low nibbles first, then the high ones.</summary>
    public static void Nibbles(byte* packed, int bytes, byte* codes)
    {
        for (int i = 0; i < bytes; i++)
        {
            codes[i] = (byte)(packed[i] & 15);
            codes[bytes + i] = (byte)(packed[i] >> 4);
        }
    }

    /// <summary>Bit k of 32 becomes bit 4 of code k.</summary>
    public static void OrHighBits(byte* packed, byte* codes)
    {
        for (int k = 0; k < 32; k++)
        {
            codes[k] |= (byte)((packed[k / 8] >> k % 8 & 1) << 4);
        }
    }

    /// <summary>The 8 scales and 8 minima of 6 bits that Q4_K and Q5_K pack in 12 bytes.</summary>
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
