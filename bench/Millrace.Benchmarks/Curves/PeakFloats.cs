using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels;
using Millrace.Planning.Hardware.Machine;

namespace Millrace.Benchmarks.Curves;

/// <summary>The most fused multiply-adds of floats: in registers of 512 bits where the processor has them, else as <see cref="PeakFlops"/> measures them.</summary>
sealed class PeakFloats : IParallelWork
{
    const int Chains = 8; // as many as wait for one another at two a cycle
    const int Rounds = 200_000;

    float _sink; // so that nothing is dropped

    /// <summary>Operations per second; a multiply-add is two.</summary>
    public static double Measure(int threads) => Avx512F.IsSupported
        ? 2.0 * Chains * Vector512<float>.Count * Rounds * threads / FastestPass.Seconds(threads, new PeakFloats())
        : PeakFlops.Measure(threads);

    void IParallelWork.Run(int thread) => Volatile.Write(ref _sink, Multiply());

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Multiply()
    {
        Vector512<float> a = Vector512.Create(1f), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        Vector512<float> factor = Vector512.Create(0.999f), term = Vector512.Create(0.001f);
        for (int i = 0; i < Rounds; i++)
        {
            a = Avx512F.FusedMultiplyAdd(a, factor, term);
            b = Avx512F.FusedMultiplyAdd(b, factor, term);
            c = Avx512F.FusedMultiplyAdd(c, factor, term);
            d = Avx512F.FusedMultiplyAdd(d, factor, term);
            e = Avx512F.FusedMultiplyAdd(e, factor, term);
            f = Avx512F.FusedMultiplyAdd(f, factor, term);
            g = Avx512F.FusedMultiplyAdd(g, factor, term);
            h = Avx512F.FusedMultiplyAdd(h, factor, term);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }
}
