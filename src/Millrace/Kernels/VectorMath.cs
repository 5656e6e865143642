using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Functions of vectors that give the same bits on every processor: fused multiply-adds in a fixed order, no estimates, no library calls.</summary>
static class VectorMath
{
    /// <summary>e^x to within 2 units in the last place; 0 below -87.33, the largest finite result at 88.37 and above.</summary>
    /// <remarks>x = n·ln 2 + r with |r| ≤ ln 2 / 2 (ln 2 in two parts; Cody and Waite 1980), e^r by its Taylor polynomial of degree 7 (error below 2⁻²⁶ there).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // The native forms differ between processors for NaN alone, which the last line takes care of.
        Vector256<float> lowest = Vector256.Create(-87.33f);
        Vector256<float> clamped = Vector256.MinNative(Vector256.MaxNative(x, lowest), Vector256.Create(88.37f));
        // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
        Vector256<float> magic = Vector256.Create(12582912f);
        Vector256<float> shifted = Vector256.FusedMultiplyAdd(clamped, Vector256.Create(1.44269504f), magic);
        Vector256<float> n = shifted - magic;
        Vector256<float> r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.693145752f), clamped);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-1.42860677e-6f), r);
        Vector256<float> p = Vector256.Create(1f / 5040);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 720));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 120));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 24));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1f / 6));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(0.5f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256<float>.One);
        // ×2ⁿ by the exponent bits: n is in [-126, 127], so the result is normal.
        Vector256<int> exponent = (shifted.AsInt32() - magic.AsInt32() + Vector256.Create(127)) << 23;
        Vector256<float> result = p * exponent.AsSingle();
        // A NaN stays one: comparisons with it are false.
        return Vector256.ConditionalSelect(Vector256.LessThan(x, lowest), Vector256<float>.Zero, Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x));
    }

    /// <summary>The sum of the lanes, as ((0+4)+(2+6)) + ((1+5)+(3+7)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> v)
    {
        Vector128<float> half = v.GetLower() + v.GetUpper();
        return half.GetElement(0) + half.GetElement(2) + (half.GetElement(1) + half.GetElement(3));
    }

    /// <summary>The largest lane; NaN where a lane is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> v)
    {
        Vector128<float> half = Vector128.Max(v.GetLower(), v.GetUpper());
        return MathF.Max(MathF.Max(half.GetElement(0), half.GetElement(2)), MathF.Max(half.GetElement(1), half.GetElement(3)));
    }

    /// <summary>The first <paramref name="count"/> (1 to 7) floats at <paramref name="source"/>, the rest <paramref name="fill"/>.</summary>
    public static unsafe Vector256<float> LoadPartial(float* source, int count, float fill = 0)
    {
        float* lanes = stackalloc float[8];
        Vector256.Store(Vector256.Create(fill), lanes);
        for (int i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return Vector256.Load(lanes);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    public static unsafe void StorePartial(Vector256<float> value, float* destination, int count)
    {
        for (int i = 0; i < count; i++)
        {
            destination[i] = value.GetElement(i);
        }
    }
}
