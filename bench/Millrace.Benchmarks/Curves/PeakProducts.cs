using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels;
using Millrace.Kernels.MachineCode;

namespace Millrace.Benchmarks.Curves;

/// <summary>The most integer products that the processor makes: the instruction of the kernels' inner loop alone, on registers, in chains that do not wait for one another. What surrounds it in a kernel comes on top.</summary>
sealed unsafe class PeakProducts : IParallelWork
{
    const int Chains = 16;
    const int Rounds = 200_000;
    const int Passes = 20;

    readonly delegate* unmanaged<long, void> _emitted;
    int _sink; // so that nothing is dropped

    PeakProducts() => _emitted = EmittedCode.IsUsed ? Emit() : null;

    /// <summary>The instruction.</summary>
    public static string Name => EmittedCode.IsUsed ? "vpdpbusd of 512 bits" : "vpmaddubsw of 256 bits";

    /// <summary>Operations per second, a multiply-add counted as two; 0 where the processor has no such instruction.</summary>
    public static double Measure(int threads, RunClock clock)
    {
        PeakProducts work = new();
        int lanes = work._emitted != null ? 64 : 32;
        if (work._emitted == null && !Avx2.IsSupported)
        {
            return 0;
        }

        using WorkerPool pool = new(threads);
        return 2.0 * lanes * Chains * Rounds * threads / clock.Fastest(pool, work, Passes);
    }

    void IParallelWork.Run(int thread)
    {
        if (_emitted != null)
        {
            _emitted(Rounds);
        }
        else
        {
            Volatile.Write(ref _sink, Multiply());
        }
    }

    static delegate* unmanaged<long, void> Emit()
    {
        const int Unsigned = 30, Signed = 31;
        Assembler code = new();
        for (int register = 0; register < Chains; register++)
        {
            code.Clear(register);
        }

        code.Clear(Unsigned);
        code.Clear(Signed);
        int loop = code.Position;
        for (int sum = 0; sum < Chains; sum++)
        {
            code.AddProducts(sum, Unsigned, Signed);
        }

        code.DecrementAndLoop(Gpr.Rdi, loop); // the first argument of a function
        code.ZeroUpper();
        code.Return();
        return (delegate* unmanaged<long, void>)CodePages.Place(code.Code);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Multiply()
    {
        Vector256<byte> codes = Vector256.Create((byte)3);
        Vector256<sbyte> a = Vector256.Create((sbyte)1), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (int i = 0; i < Rounds * Chains / 8; i++)
        {
            a = Avx2.MultiplyAddAdjacent(codes, a).AsSByte();
            b = Avx2.MultiplyAddAdjacent(codes, b).AsSByte();
            c = Avx2.MultiplyAddAdjacent(codes, c).AsSByte();
            d = Avx2.MultiplyAddAdjacent(codes, d).AsSByte();
            e = Avx2.MultiplyAddAdjacent(codes, e).AsSByte();
            f = Avx2.MultiplyAddAdjacent(codes, f).AsSByte();
            g = Avx2.MultiplyAddAdjacent(codes, g).AsSByte();
            h = Avx2.MultiplyAddAdjacent(codes, h).AsSByte();
        }

        return (a + b + c + d + e + f + g + h).AsInt32()[0];
    }
}
