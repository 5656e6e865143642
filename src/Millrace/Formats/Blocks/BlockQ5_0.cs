using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 weights of 5 bits: w = d (q − 16).</summary>
/// <remarks>22 bytes, 5.5 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ5_0 : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>Bit j is bit 4 of weight j.</summary>
    public uint High;

    /// <summary>Byte j holds the low bits of weight j and, above them, those of weight j + 16.</summary>
    public fixed byte Quants[16];


    public static WeightType Type => WeightType.Q5_0;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 16; i++)
        {
            int first = (Quants[i] & 15) | (int)((High >> i) & 1) << 4;
            int second = (Quants[i] >> 4) | (int)((High >> (i + 16)) & 1) << 4;
            weights[i] = (first - 16) * scale;
            weights[i + 16] = (second - 16) * scale;
        }
    }
}
