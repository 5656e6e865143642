using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>256 weights of 2 bits in 16 sub-blocks of 16: w = d s q − dmin m, with s and m of 4 bits.</summary>
/// <remarks>84 bytes, 2.625 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ2_K : IBlock
{
    /// <summary>s of sub-block j in the low bits, m in the high bits.</summary>
    public fixed byte Scales[16];

    /// <summary>Byte 32 h + l holds, from the lowest pair of bits up, weights 128 h + l, + 32, + 64 and + 96.</summary>
    public fixed byte Quants[64];

    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>dmin.</summary>
    public Half MinimumScale;


    public static WeightType Type => WeightType.Q2_K;

    public static int Length => 256;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        float minimumScale = (float)MinimumScale;
        for (int i = 0; i < 256; i++)
        {
            int sub = Scales[i / 16];
            int quant = (Quants[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2)) & 3;
            weights[i] = scale * (sub & 15) * quant - minimumScale * (sub >> 4);
        }
    }
}
