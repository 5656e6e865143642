using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Rotary position embedding (Su et al. 2021).</summary>
static unsafe class Rotation
{
    /// <summary>Sines and cosines of one position.</summary>
    /// <param name="position">The position.</param>
    /// <param name="frequencies">[pairs], radians for each position.</param>
    /// <param name="magnitude">Factor on both.</param>
    /// <param name="cosine">[pairs].</param>
    /// <param name="sine">[pairs].</param>
    public static void Table(int position, ReadOnlySpan<double> frequencies, float magnitude, float* cosine, float* sine)
    {
        for (int i = 0; i < frequencies.Length; i++)
        {
            (double s, double c) = Math.SinCos(position * frequencies[i]);
            cosine[i] = (float)c * magnitude;
            sine[i] = (float)s * magnitude;
        }
    }

    /// <summary>Turns a head in place: (a, b) becomes (a·cos - b·sin, a·sin + b·cos). What lies beyond the pairs is left.</summary>
    /// <param name="head">[2·pairs or more].</param>
    /// <param name="pairs">Pairs.</param>
    /// <param name="neoX">Pairs are (i, i + pairs), else (2i, 2i + 1).</param>
    /// <param name="cosine">[pairs].</param>
    /// <param name="sine">[pairs].</param>
    public static void Apply(float* head, int pairs, bool neoX, float* cosine, float* sine)
    {
        int i = 0;
        if (neoX)
        {
            for (; i + 8 <= pairs; i += 8)
            {
                Vector256<float> a = Vector256.Load(head + i);
                Vector256<float> b = Vector256.Load(head + pairs + i);
                Vector256<float> c = Vector256.Load(cosine + i);
                Vector256<float> s = Vector256.Load(sine + i);
                Vector256.Store(Vector256.FusedMultiplyAdd(a, c, -(b * s)), head + i);
                Vector256.Store(Vector256.FusedMultiplyAdd(a, s, b * c), head + pairs + i);
            }
        }

        (int step, int distance) = neoX ? (1, pairs) : (2, 1);
        for (; i < pairs; i++)
        {
            float* first = head + i * step;
            float a = first[0];
            float b = first[distance];
            first[0] = MathF.FusedMultiplyAdd(a, cosine[i], -(b * sine[i]));
            first[distance] = MathF.FusedMultiplyAdd(a, sine[i], b * cosine[i]);
        }
    }
}
