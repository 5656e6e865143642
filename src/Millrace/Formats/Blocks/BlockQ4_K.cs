using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>256 weights of 4 bits in 8 sub-blocks of 32: w = d s q − dmin m, with s and m of 6 bits.</summary>
/// <remarks>144 bytes, 4.5 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ4_K : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>dmin.</summary>
    public Half MinimumScale;

    /// <summary>Eight s and eight m, packed as <see cref="SixBitScales"/> says.</summary>
    public fixed byte Scales[12];

    /// <summary>Byte 32 p + l holds weight 64 p + l in its low bits and weight 64 p + 32 + l in its high bits.</summary>
    public fixed byte Quants[128];


    public static WeightType Type => WeightType.Q4_K;

    public static int Length => 256;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        float minimumScale = (float)MinimumScale;
        fixed (byte* scales = Scales)
        {
            for (int i = 0; i < 256; i++)
            {
                (int sub, int minimum) = SixBitScales.Get(scales, i / 32);
                int quant = (Quants[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4)) & 15;
                weights[i] = scale * sub * quant - minimumScale * minimum;
            }
        }
    }
}
