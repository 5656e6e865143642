using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>32 FP4 numbers (E2M1) with a power of two: w = 2^(e − 127) fp4[q].</summary>
/// <remarks>17 bytes, 4.25 bits a weight. Source: OCP Microscaling Formats, MXFP4; the order of the nibbles is ggml's. e = 255, which OCP calls NaN, counts as a power here, as in ggml.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockMXFP4 : IBlock
{
    /// <summary>e.</summary>
    public byte Exponent;

    /// <summary>Byte j holds weight j in its low bits and weight j + 16 in its high bits.</summary>
    public fixed byte Quants[16];


    public static WeightType Type => WeightType.MXFP4;

    public static int Length => 32;

    public readonly void Dequantize(Span<float> weights)
    {
        float scale = HalfPower(Exponent);
        for (int i = 0; i < 16; i++)
        {
            weights[i] = DoubledFp4[Quants[i] & 15] * scale;
            weights[i + 16] = DoubledFp4[Quants[i] >> 4] * scale;
        }
    }

    /// <summary>Twice what the 16 codes of an E2M1 number stand for, so that they are integers.</summary>
    public static ReadOnlySpan<sbyte> DoubledFp4 => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    /// <summary>2^(e − 128): half of what an E8M0 exponent stands for, to go with <see cref="DoubledFp4"/>.</summary>
    public static float HalfPower(byte exponent) => exponent < 2
        ? BitConverter.Int32BitsToSingle(0x00200000 << exponent)
        : BitConverter.Int32BitsToSingle((exponent - 1) << 23);
}
