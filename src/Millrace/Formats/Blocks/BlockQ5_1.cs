using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 weights of 5 bits: w = d q + m.</summary>
/// <remarks>24 bytes, 6 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ5_1 : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>m.</summary>
    public Half Minimum;

    /// <summary>Bit j is bit 4 of weight j.</summary>
    public uint High;

    /// <summary>Byte j holds the low bits of weight j and, above them, those of weight j + 16.</summary>
    public fixed byte Quants[16];


    public static WeightType Type => WeightType.Q5_1;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        float minimum = (float)Minimum;
        for (int i = 0; i < 16; i++)
        {
            int first = (Quants[i] & 15) | (int)((High >> i) & 1) << 4;
            int second = (Quants[i] >> 4) | (int)((High >> (i + 16)) & 1) << 4;
            weights[i] = first * scale + minimum;
            weights[i + 16] = second * scale + minimum;
        }
    }
}
