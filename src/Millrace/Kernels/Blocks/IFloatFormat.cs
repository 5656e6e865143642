using System.Runtime.CompilerServices;
using Millrace.Formats;
using Millrace.Kernels.Vectors;

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

    /// <summary>Whether weights are multiplied with scales from outside, one for each run of columns of a row.</summary>
    static virtual bool Scaled => false;

    /// <summary>The finite numbers of as many rows as a register has lanes.</summary>
    static abstract TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>;
}

/// <summary>binary32.</summary>
readonly unsafe struct F32 : IFloatFormat
{
    public static WeightType Type => WeightType.F32;
    public static int Bytes => 4;

    public static float Value(byte* weight) => *(float*)weight;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => TLanes.Load(weights);
}

/// <summary>binary16.</summary>
readonly unsafe struct F16 : IFloatFormat
{
    public static WeightType Type => WeightType.F16;
    public static int Bytes => 2;

    public static float Value(byte* weight) => HalfBits.FromHalf(*(ushort*)weight);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => ScaleParts.Halves<TVector, TLanes>(weights);
}

/// <summary>bfloat16.</summary>
readonly unsafe struct BF16 : IFloatFormat
{
    public static WeightType Type => WeightType.BF16;
    public static int Bytes => 2;

    public static float Value(byte* weight) => HalfBits.FromBFloat(*(ushort*)weight);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => TLanes.ShiftIntsLeft(TLanes.SignedShorts(weights), 16);
}

/// <summary>FP8 of 4 exponent and 3 mantissa bits; the all-ones codes are NaN.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification 1.0.</remarks>
readonly unsafe struct F8_E4M3 : IFloatFormat
{
    public static WeightType Type => WeightType.F8_E4M3;
    public static int Bytes => 1;
    public static bool Scaled => true;

    public static float Value(byte* weight) => (*weight & 0x7F) == 0x7F
        ? float.NaN
        : BitConverter.Int32BitsToSingle((*weight & 0x80) << 24 | (*weight & 0x7F) << 20) * Tables.Float8ToSingle;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => 
        TLanes.Multiply(TLanes.And(TLanes.ShiftIntsLeft(TLanes.SignedBytes(weights), 20), TLanes.Ints(unchecked((int)0x87F00000))), TLanes.Floats(Tables.Float8ToSingle));
}

/// <summary>FP8 of 5 exponent and 2 mantissa bits: the upper half of a binary16.</summary>
/// <remarks>Source: OCP 8-bit Floating Point Specification 1.0.</remarks>
readonly unsafe struct F8_E5M2 : IFloatFormat
{
    public static WeightType Type => WeightType.F8_E5M2;
    public static int Bytes => 1;
    public static bool Scaled => true;

    public static float Value(byte* weight) => HalfBits.FromHalf((ushort)(*weight << 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector, TLanes>(byte* weights)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> => 
        TLanes.Multiply(TLanes.And(TLanes.ShiftIntsLeft(TLanes.SignedBytes(weights), 21), TLanes.Ints(unchecked((int)0x8FE00000))), TLanes.Floats(HalfBits.HalfToSingle));
}
