using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>256 weights of 6 bits in 16 sub-blocks of 16: w = d s (q − 32), with s of 8 bits, signed.</summary>
/// <remarks>210 bytes, 6.5625 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ6_K : IBlock
{
    /// <summary>The low four bits: byte 64 h + l (l &lt; 64) holds weight 128 h + l and, above it, weight 128 h + 64 + l.</summary>
    public fixed byte Low[128];

    /// <summary>The upper two bits: byte 32 h + l holds, from the lowest pair of bits up, weights 128 h + l, + 32, + 64 and + 96.</summary>
    public fixed byte High[64];

    /// <summary>s of each sub-block.</summary>
    public fixed sbyte Scales[16];

    /// <summary>d.</summary>
    public Half Scale;


    public static WeightType Type => WeightType.Q6_K;

    public static int Length => 256;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 256; i++)
        {
            int low = (Low[i / 128 * 64 + i % 64] >> (i / 64 % 2 * 4)) & 15;
            int high = (High[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2)) & 3;
            weights[i] = scale * Scales[i / 16] * ((low | high << 4) - 32);
        }
    }
}
