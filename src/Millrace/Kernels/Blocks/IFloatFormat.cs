using Millrace.Formats;

namespace Millrace.Kernels.Blocks;

/// <summary>A format in which each weight stands for itself. A panel holds for every column the 16 rows' weights side by side.</summary>
unsafe interface IFloatFormat
{
    /// <summary>The type.</summary>
    static abstract WeightType Type { get; }

    /// <summary>Bytes of a weight.</summary>
    static abstract int Bytes { get; }

    /// <summary>The number at an address.</summary>
    static abstract float Value(byte* weight);
}

/// <summary>binary32.</summary>
readonly unsafe struct F32 : IFloatFormat
{
    public static WeightType Type => WeightType.F32;
    public static int Bytes => 4;

    public static float Value(byte* weight) => *(float*)weight;
}

/// <summary>binary16.</summary>
readonly unsafe struct F16 : IFloatFormat
{
    public static WeightType Type => WeightType.F16;
    public static int Bytes => 2;

    public static float Value(byte* weight) => HalfBits.FromHalf(*(ushort*)weight);
}

/// <summary>bfloat16.</summary>
readonly unsafe struct BF16 : IFloatFormat
{
    public static WeightType Type => WeightType.BF16;
    public static int Bytes => 2;

    public static float Value(byte* weight) => HalfBits.FromBFloat(*(ushort*)weight);
}

/// <summary>FP8 of 4 exponent and 3 mantissa bits; the all-ones codes are NaN.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification 1.0.</remarks>
readonly unsafe struct F8_E4M3 : IFloatFormat
{
    public static WeightType Type => WeightType.F8_E4M3;
    public static int Bytes => 1;

    public static float Value(byte* weight) => (*weight & 0x7F) == 0x7F
        ? float.NaN
        : BitConverter.Int32BitsToSingle((*weight & 0x80) << 24 | (*weight & 0x7F) << 20) * Tables.Float8ToSingle;
}

/// <summary>FP8 of 5 exponent and 2 mantissa bits: the upper half of a binary16.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification 1.0.</remarks>
readonly unsafe struct F8_E5M2 : IFloatFormat
{
    public static WeightType Type => WeightType.F8_E5M2;
    public static int Bytes => 1;

    public static float Value(byte* weight) => HalfBits.FromHalf((ushort)(*weight << 8));
}
