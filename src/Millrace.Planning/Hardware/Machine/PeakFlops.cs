using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels;
using Millrace.Kernels.Vectors;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>How fast this machine multiplies and adds: independent fused multiply-adds of floats. The best of a few passes, in floating-point operations per second; a multiply-add is two.</summary>
static class PeakFlops
{
    /// <summary>In registers of 256 bits, or what the processor has in their place.</summary>
    public static double Measure(int threads) => MultiplyAdds<Floats256, Vector256<float>>.Measure(threads);

    /// <summary>In the widest registers that the processor has.</summary>
    public static double MeasureWidest(int threads) => Avx512F.IsSupported ? MultiplyAdds<Floats512, Vector512<float>>.Measure(threads) : Measure(threads);

    sealed class MultiplyAdds<TFloats, TVector>(int threads) : IParallelWork
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged
    {
        const int Rounds = 200_000;
        const int Chains = 8;

        readonly float[] _sums = new float[threads]; // so that the work is not dropped

        public static double Measure(int threads) =>
            2.0 * Chains * TFloats.Count * Rounds * threads / FastestPass.Seconds(threads, new MultiplyAdds<TFloats, TVector>(threads));

        void IParallelWork.Run(int thread) => _sums[thread] = Multiply();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static float Multiply()
        {
            // Eight chains: more than a multiply-add takes cycles times how many begin in one.
            TVector a = TFloats.Create(1), b = TFloats.Create(2), c = TFloats.Create(3), d = TFloats.Create(4);
            TVector e = TFloats.Create(5), f = TFloats.Create(6), g = TFloats.Create(7), h = TFloats.Create(8);
            TVector factor = TFloats.Create(0.999f), term = TFloats.Create(0.001f);
            for (int i = 0; i < Rounds; i++)
            {
                a = TFloats.Fused(a, factor, term);
                b = TFloats.Fused(b, factor, term);
                c = TFloats.Fused(c, factor, term);
                d = TFloats.Fused(d, factor, term);
                e = TFloats.Fused(e, factor, term);
                f = TFloats.Fused(f, factor, term);
                g = TFloats.Fused(g, factor, term);
                h = TFloats.Fused(h, factor, term);
            }

            Vector256<float> sum = TFloats.AddTo(TFloats.AddTo(TFloats.AddTo(TFloats.AddTo(default, a), b), c), d);
            return Vector256.Sum(TFloats.AddTo(TFloats.AddTo(TFloats.AddTo(TFloats.AddTo(sum, e), f), g), h));
        }
    }
}
