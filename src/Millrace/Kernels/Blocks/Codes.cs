namespace Millrace.Kernels.Blocks;

/// <summary>Where the bits of a code lie: planes of 4, 2 and 1 bits, and whole bytes.</summary>
/// <remarks>Column k of 32 is byte i = k % 4 of group g = k / 4. Nibbles: line g / 2, low nibble for even g. Pairs: line g / 4, bits 2(g % 4) and up. Bits: one line, bit g. Bytes: line g.</remarks>
static unsafe class Codes
{
    const int Line = 64;

    static int At(int row, int k) => 4 * row + k % 4;

    public static void PutNibbles(byte* block, int row, byte* codes)
    {
        for (int k = 0; k < 32; k++)
        {
            int group = k / 4;
            ref byte place = ref block[group / 2 * Line + At(row, k)];
            int shift = group % 2 * 4;
            place = (byte)(place & ~(15 << shift) | (codes[k] & 15) << shift);
        }
    }

    public static void GetNibbles(byte* block, int row, byte* codes)
    {
        for (int k = 0; k < 32; k++)
        {
            int group = k / 4;
            codes[k] = (byte)(block[group / 2 * Line + At(row, k)] >> group % 2 * 4 & 15);
        }
    }

    /// <summary>Stores two bits of each code, those from <paramref name="bit"/> up.</summary>
    public static void PutPairs(byte* block, int row, byte* codes, int bit)
    {
        for (int k = 0; k < 32; k++)
        {
            int group = k / 4;
            ref byte place = ref block[group / 4 * Line + At(row, k)];
            int shift = group % 4 * 2;
            place = (byte)(place & ~(3 << shift) | (codes[k] >> bit & 3) << shift);
        }
    }

    /// <summary>Takes two bits of each code and adds them at <paramref name="bit"/>.</summary>
    public static void OrPairs(byte* block, int row, byte* codes, int bit)
    {
        for (int k = 0; k < 32; k++)
        {
            int group = k / 4;
            codes[k] |= (byte)((block[group / 4 * Line + At(row, k)] >> group % 4 * 2 & 3) << bit);
        }
    }

    /// <summary>Stores one bit of each code.</summary>
    public static void PutBits(byte* block, int row, byte* codes, int bit)
    {
        for (int k = 0; k < 32; k++)
        {
            ref byte place = ref block[At(row, k)];
            place = (byte)(place & ~(1 << k / 4) | (codes[k] >> bit & 1) << k / 4);
        }
    }

    /// <summary>Takes one bit of each code and adds it at <paramref name="bit"/>.</summary>
    public static void OrBits(byte* block, int row, byte* codes, int bit)
    {
        for (int k = 0; k < 32; k++)
        {
            codes[k] |= (byte)((block[At(row, k)] >> k / 4 & 1) << bit);
        }
    }

    public static void PutBytes(byte* block, int row, byte* codes)
    {
        for (int k = 0; k < 32; k++)
        {
            block[k / 4 * Line + At(row, k)] = codes[k];
        }
    }

    public static void GetBytes(byte* block, int row, byte* codes)
    {
        for (int k = 0; k < 32; k++)
        {
            codes[k] = block[k / 4 * Line + At(row, k)];
        }
    }
}
