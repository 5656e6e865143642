using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 weights of 8 bits: w = d q.</summary>
/// <remarks>34 bytes, 8.5 bits a weight.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockQ8_0 : IBlock
{
    /// <summary>d.</summary>
    public Half Scale;

    /// <summary>Weight j.</summary>
    public fixed sbyte Quants[32];


    public static WeightType Type => WeightType.Q8_0;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = (float)Scale;
        for (int i = 0; i < 32; i++)
        {
            weights[i] = Quants[i] * scale;
        }
    }
}
