using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 weights of 4 bits: w = d (q − 8).</summary>
/// <remarks>18 bytes, 4.5 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ4_0 : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>Byte j holds weight j in its low bits and weight j + 16 in its high bits.</summary>
    public fixed byte Quants[16];


    public static WeightType Type => WeightType.Q4_0;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 16; i++)
        {
            weights[i] = ((Quants[i] & 15) - 8) * scale;
            weights[i + 16] = ((Quants[i] >> 4) - 8) * scale;
        }
    }
}
