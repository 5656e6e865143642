using System.Numerics;
using System.Runtime.CompilerServices;
using Millrace.Kernels;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>How fast this machine multiplies and adds: independent fused multiply-adds of floats, in the runtime's vectors.</summary>
sealed class PeakFlops(int threads) : IParallelWork
{
    const int Rounds = 200_000;
    const int Chains = 8;

    readonly float[] _sums = new float[threads]; // so that the work is not dropped

    /// <summary>The best of a few passes.</summary>
    /// <returns>Floating-point operations per second; a multiply-add is two.</returns>
    public static double Measure(int threads)
    {
        double best = FastestPass.Seconds(threads, new PeakFlops(threads));
        return 2.0 * Chains * Vector<float>.Count * Rounds * threads / best;
    }

    void IParallelWork.Run(int thread)
    {
        _sums[thread] = Multiply();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Multiply()
    {
        // Eight chains: more than a multiply-add takes cycles times how many begin in one.
        Vector<float> a = new(1f), b = new(2f), c = new(3f), d = new(4f), e = new(5f), f = new(6f), g = new(7f), h = new(8f);
        Vector<float> factor = new(0.999f), term = new(0.001f);
        for (int i = 0; i < Rounds; i++)
        {
            a = Vector.FusedMultiplyAdd(a, factor, term);
            b = Vector.FusedMultiplyAdd(b, factor, term);
            c = Vector.FusedMultiplyAdd(c, factor, term);
            d = Vector.FusedMultiplyAdd(d, factor, term);
            e = Vector.FusedMultiplyAdd(e, factor, term);
            f = Vector.FusedMultiplyAdd(f, factor, term);
            g = Vector.FusedMultiplyAdd(g, factor, term);
            h = Vector.FusedMultiplyAdd(h, factor, term);
        }

        return Vector.Sum(a + b + c + d + e + f + g + h);
    }
}
