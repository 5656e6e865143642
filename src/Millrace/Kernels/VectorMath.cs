using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>Functions of vectors that give the same bits on every processor: fused multiply-adds in a fixed order, no estimates, no library calls.</summary>
static class VectorMath
{
    /// <summary>e^x to within 2 units in the last place; 0 below -87.33, the largest finite result at 88.37 and above.</summary>
    /// <remarks>x = n·ln 2 + r with |r| ≤ ln 2 / 2 (ln 2 in two parts; Cody and Waite 1980), e^r by its Taylor polynomial of degree 7 (error below 2⁻²⁶ there).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TFloats, TVector>(TVector x)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged
    {
        const float Lowest = -87.33f;
        TVector clamped = TFloats.Clamp(x, Lowest, 88.37f);
        // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
        TVector magic = TFloats.Create(12582912f);
        TVector shifted = TFloats.Fused(clamped, TFloats.Create(1.44269504f), magic);
        TVector n = TFloats.Subtract(shifted, magic);
        TVector r = TFloats.Fused(n, TFloats.Create(-0.693145752f), clamped);
        r = TFloats.Fused(n, TFloats.Create(-1.42860677e-6f), r);
        TVector p = TFloats.Create(1f / 5040);
        p = TFloats.Fused(p, r, TFloats.Create(1f / 720));
        p = TFloats.Fused(p, r, TFloats.Create(1f / 120));
        p = TFloats.Fused(p, r, TFloats.Create(1f / 24));
        p = TFloats.Fused(p, r, TFloats.Create(1f / 6));
        p = TFloats.Fused(p, r, TFloats.Create(0.5f));
        p = TFloats.Fused(p, r, TFloats.Create(1));
        p = TFloats.Fused(p, r, TFloats.Create(1));
        // The native forms of clamping differ between processors for NaN alone, which the selection takes care of.
        return TFloats.Select(x, Lowest, TFloats.Multiply(p, TFloats.PowerOfTwo(shifted, magic)));
    }

    /// <summary><see cref="Exp{TFloats, TVector}"/> of eight numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x) => Exp<Floats256, Vector256<float>>(x);

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
