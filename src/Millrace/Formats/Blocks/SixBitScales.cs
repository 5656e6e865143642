namespace Millrace.Formats.Blocks;

/// <summary>Eight scales s and eight minima m of 6 bits in 12 bytes, as Q4_K and Q5_K hold them.</summary>
/// <remarks>Bytes 0 to 3 hold s of sub-blocks 0 to 3, bytes 4 to 7 their m; bytes 8 to 11 the low four bits of s of sub-blocks 4 to 7 and, above them, of m, whose upper two bits stand on top of bytes 0 to 3 (s) and 4 to 7 (m).</remarks>
static unsafe class SixBitScales
{
    /// <summary>s and m of a sub-block.</summary>
    public static (int Scale, int Minimum) Get(byte* packed, int sub) => sub < 4
        ? (packed[sub] & 63, packed[sub + 4] & 63)
        : ((packed[sub + 4] & 15) | packed[sub - 4] >> 6 << 4, packed[sub + 4] >> 4 | packed[sub] >> 6 << 4);
}
