using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 indices of 4 bits: w = d table[q].</summary>
/// <remarks>18 bytes, 4.5 bits a weight. The table (<see cref="Table"/>) is denser near 0, as weights are.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockIQ4_NL : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>Byte j holds weight j in its low bits and weight j + 16 in its high bits.</summary>
    public fixed byte Quants[16];


    public static WeightType Type => WeightType.IQ4_NL;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 16; i++)
        {
            weights[i] = scale * Table[Quants[i] & 15];
            weights[i + 16] = scale * Table[Quants[i] >> 4];
        }
    }

    /// <summary>What the 16 indices stand for, here and in IQ4_XS.</summary>
    public static ReadOnlySpan<sbyte> Table => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
}
