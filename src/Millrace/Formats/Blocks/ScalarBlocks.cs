using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>One IEEE 754 binary32 number.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct BlockF32 : IBlock
{
    public float Value;

    public static WeightType Type => WeightType.F32;

    public static int Length => 1;

    public readonly void Dequantize(Span<float> weights) => weights[0] = Value;
}

/// <summary>One IEEE 754 binary16 number.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct BlockF16 : IBlock
{
    public Half Value;

    public static WeightType Type => WeightType.F16;

    public static int Length => 1;

    public readonly void Dequantize(Span<float> weights) => weights[0] = (float)Value;
}

/// <summary>The upper half of a binary32 number.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct BlockBF16 : IBlock
{
    public ushort Bits;

    public static WeightType Type => WeightType.BF16;

    public static int Length => 1;

    public readonly void Dequantize(Span<float> weights) => weights[0] = BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}

/// <summary>One FP8 number: sign, 4 exponent bits with bias 7, 3 mantissa bits. No infinities; all ones is NaN; the largest is 448.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification, E4M3.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct BlockF8E4M3 : IBlock
{
    public byte Bits;

    public static WeightType Type => WeightType.F8_E4M3;

    public static int Length => 1;

    public readonly void Dequantize(Span<float> weights) => weights[0] = ToSingle(Bits);

    /// <summary>The value of the 8 bits.</summary>
    public static float ToSingle(byte bits)
    {
        int exponent = (bits >> 3) & 15;
        int mantissa = bits & 7;
        float size = (exponent, mantissa) switch
        {
            (15, 7) => float.NaN,
            (0, _) => mantissa * (1f / 512),
            _ => BitConverter.Int32BitsToSingle(((exponent - 7 + 127) << 23) | (mantissa << 20)),
        };
        return (bits & 0x80) != 0 ? -size : size;
    }
}

/// <summary>One FP8 number: sign, 5 exponent bits with bias 15, 2 mantissa bits: the upper half of a binary16 number.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification, E5M2.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
struct BlockF8E5M2 : IBlock
{
    public byte Bits;

    public static WeightType Type => WeightType.F8_E5M2;

    public static int Length => 1;

    public readonly void Dequantize(Span<float> weights) => weights[0] = (float)BitConverter.UInt16BitsToHalf((ushort)(Bits << 8));
}
