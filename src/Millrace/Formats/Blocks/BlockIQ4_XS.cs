using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>256 indices of 4 bits in 8 sub-blocks of 32: w = d (s − 32) table[q], with s of 6 bits.</summary>
/// <remarks>136 bytes, 4.25 bits a weight. The table is <see cref="BlockIQ4_NL.Table"/>.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockIQ4_XS : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>The upper two bits of s of sub-block j at bit 2 j.</summary>
    public ushort HighScales;

    /// <summary>The low four bits: byte k holds sub-block 2 k and, above it, 2 k + 1.</summary>
    public fixed byte LowScales[4];

    /// <summary>Byte 16 j + l holds weight 32 j + l in its low bits and weight 32 j + 16 + l in its high bits.</summary>
    public fixed byte Quants[128];


    public static WeightType Type => WeightType.IQ4_XS;

    public static int Length => 256;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 256; i++)
        {
            int quant = (Quants[i / 32 * 16 + i % 16] >> (i / 16 % 2 * 4)) & 15;
            weights[i] = scale * (SubScale(i / 32) - 32) * BlockIQ4_NL.Table[quant];
        }
    }

    /// <summary>s of a sub-block, 0 to 63.</summary>
    public readonly int SubScale(int sub)
    {
        int low = (LowScales[sub / 2] >> (sub % 2 * 4)) & 15;
        int high = (HighScales >> (sub * 2)) & 3;
        return low | high << 4;
    }
}
