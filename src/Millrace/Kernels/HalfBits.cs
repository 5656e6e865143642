using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Conversions between binary32 and the two 16-bit formats, by their bits, one number or eight at a time, to the nearest and ties to even. Equal inputs give equal bits on every machine.</summary>
/// <remarks>.NET 10 has no F16C intrinsic and its conversion of <see cref="Half"/> is a call, which spills every vector register of the loop around it.</remarks>
public static unsafe class HalfBits
{
    // A half's exponent and mantissa, moved to a float's place, stand for 2^-112 of the value; the product is exact, for subnormals too.
    internal const float HalfToSingle = 5.192296858534828e33f;
    const int InfiniteHalf = 0x7C00;

    /// <summary>Whether a binary16 is neither infinite nor NaN.</summary>
    public static bool IsFinite(ushort half) => (half & InfiniteHalf) != InfiniteHalf;

    /// <summary>The value of a binary16.</summary>
    public static float FromHalf(ushort half)
    {
        float value = BitConverter.Int32BitsToSingle((half & 0x7FFF) << 13) * HalfToSingle;
        int bits = BitConverter.SingleToInt32Bits(value) | (half & 0x8000) << 16;
        return BitConverter.Int32BitsToSingle((half & InfiniteHalf) == InfiniteHalf ? bits | 0x7F800000 : bits);
    }

    /// <summary>The nearest binary16: infinite from 65520 on; any NaN becomes one NaN.</summary>
    public static ushort ToHalf(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int magnitude = bits & 0x7FFFFFFF;
        int half = magnitude > 0x7F800000 ? 0x7E00
            : magnitude >= 0x47800000 ? InfiniteHalf
            : magnitude < 0x38800000 ? BitConverter.SingleToInt32Bits(BitConverter.Int32BitsToSingle(magnitude) + 0.5f) - 0x3F000000
            : magnitude - 0x38000000 + 0xFFF + (magnitude >> 13 & 1) >> 13;
        return (ushort)(half | bits >> 16 & 0x8000);
    }

    /// <summary>The value of a bfloat16.</summary>
    public static float FromBFloat(ushort bfloat) => BitConverter.Int32BitsToSingle(bfloat << 16);

    /// <summary>The nearest bfloat16; a NaN stays one.</summary>
    public static ushort ToBFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x7FFFFFFF) > 0x7F800000
            ? (ushort)(bits >> 16 | 0x40)
            : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    /// <summary>The values of 8 binary16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FromHalf8(ushort* halves)
    {
        Vector256<int> wide = Vector256.WidenLower(Vector128.Load((short*)halves).ToVector256Unsafe());
        Vector256<int> infinite = Vector256.Equals(wide & Vector256.Create(InfiniteHalf), Vector256.Create(InfiniteHalf));
        Vector256<int> bits = (wide << 13) & Vector256.Create(unchecked((int)0x8FFFE000));
        return ((bits.AsSingle() * HalfToSingle).AsInt32() | (infinite & Vector256.Create(0x7F800000))).AsSingle();
    }

    /// <summary>The values of 8 bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FromBFloat8(ushort* bfloats) =>
        (Vector256.WidenLower(Vector128.Load((short*)bfloats).ToVector256Unsafe()) << 16).AsSingle();

    /// <summary>The nearest binary16 of 8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> ToHalf8(Vector256<float> values)
    {
        Vector256<int> bits = values.AsInt32();
        Vector256<int> magnitude = bits & Vector256.Create(0x7FFFFFFF);
        Vector256<int> normal = (magnitude - Vector256.Create(0x38000000 - 0xFFF) + (magnitude >>> 13 & Vector256<int>.One)) >>> 13;
        Vector256<int> small = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsInt32() - Vector256.Create(0x3F000000);
        Vector256<int> half = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x38800000)), small, normal);
        half = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x477FFFFF)), Vector256.Create(InfiniteHalf), half);
        half = Vector256.ConditionalSelect(Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000)), Vector256.Create(0x7E00), half);
        half |= bits >>> 16 & Vector256.Create(0x8000);
        return Vector256.Narrow(half.AsUInt32(), half.AsUInt32()).GetLower();
    }

    /// <summary>The nearest bfloat16 of 8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> ToBFloat8(Vector256<float> values)
    {
        Vector256<uint> bits = values.AsUInt32();
        Vector256<uint> rounded = bits + Vector256.Create(0x7FFFu) + (bits >>> 16 & Vector256<uint>.One);
        Vector256<uint> nan = Vector256.GreaterThan((bits & Vector256.Create(0x7FFFFFFFu)).AsInt32(), Vector256.Create(0x7F800000)).AsUInt32();
        Vector256<uint> result = Vector256.ConditionalSelect(nan, bits | Vector256.Create(0x400000u), rounded) >>> 16;
        return Vector256.Narrow(result, result).GetLower();
    }

    /// <summary>Widens binary16 to floats.</summary>
    public static void FromHalf(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, halves.Length);
        fixed (ushort* source = halves)
        fixed (float* target = values)
        {
            int i = 0;
            for (; i + 8 <= halves.Length; i += 8)
            {
                FromHalf8(source + i).Store(target + i);
            }

            for (; i < halves.Length; i++)
            {
                target[i] = FromHalf(source[i]);
            }
        }
    }

    /// <summary>Rounds floats to binary16.</summary>
    public static void ToHalf(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(halves.Length, values.Length);
        fixed (float* source = values)
        fixed (ushort* target = halves)
        {
            int i = 0;
            for (; i + 8 <= values.Length; i += 8)
            {
                ToHalf8(Vector256.Load(source + i)).Store(target + i);
            }

            for (; i < values.Length; i++)
            {
                target[i] = ToHalf(source[i]);
            }
        }
    }
}
