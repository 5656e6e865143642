using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>256 weights of 3 bits in 16 sub-blocks of 16: w = d (s − 32) (q − 4), with s of 6 bits.</summary>
/// <remarks>110 bytes, 3.4375 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ3_K : IBlock
{
    /// <summary>Bit k of byte l is bit 2 of weight 32 k + l.</summary>
    public fixed byte High[32];

    /// <summary>The low two bits: byte 32 h + l holds, from the lowest pair of bits up, weights 128 h + l, + 32, + 64 and + 96.</summary>
    public fixed byte Quants[64];

    /// <summary>Bytes 0 to 7: the low four bits of s of sub-blocks 0 to 7 and, above them, of 8 to 15; bytes 8 to 11: byte k holds, from the lowest pair of bits up, the upper two bits of sub-blocks k, k + 4, k + 8 and k + 12.</summary>
    public fixed byte Scales[12];

    /// <summary>d.</summary>
    public Half Scale;


    public static WeightType Type => WeightType.Q3_K;

    public static int Length => 256;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 256; i++)
        {
            int low = (Quants[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2)) & 3;
            int high = (High[i % 32] >> (i / 32)) & 1;
            weights[i] = scale * (SubScale(i / 16) - 32) * ((low | high << 2) - 4);
        }
    }

    /// <summary>s of a sub-block, 0 to 63.</summary>
    public readonly int SubScale(int sub)
    {
        int low = (Scales[sub % 8] >> (sub / 8 * 4)) & 15;
        int high = (Scales[8 + sub % 4] >> (sub / 4 * 2)) & 3;
        return low | high << 4;
    }
}
