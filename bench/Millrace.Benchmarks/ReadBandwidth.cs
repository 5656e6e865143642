using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>How fast this machine reads memory: the best of several plain loops over a gibibyte, each thread its own part of it. Nothing an engine does reads faster, so a share of it says how much is left.</summary>
sealed unsafe class ReadBandwidth : IDisposable
{
    const long Bytes = 1L << 30; // past any cache
    const int Passes = 5;
    const int Step = 256;

    readonly NativeBuffer _buffer = new(Bytes);
    readonly int _threads;

    /// <summary>Takes the memory and touches it.</summary>
    public ReadBandwidth(int threads)
    {
        _threads = threads;
        Pass(new Work(_buffer.Pointer, threads, &Fill));
    }

    /// <summary>Bytes per second, the best of all loops and passes.</summary>
    public double Measure()
    {
        double best = double.MaxValue;
        using WorkerPool pool = new(_threads);
        foreach (Work loop in (Work[])[new(_buffer.Pointer, _threads, &Wide), new(_buffer.Pointer, _threads, &Narrow), new(_buffer.Pointer, _threads, &Ahead)])
        {
            for (int i = 0; i < Passes; i++)
            {
                long start = Stopwatch.GetTimestamp();
                pool.Run(loop);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return Bytes / best;
    }

    public void Dispose() => _buffer.Dispose();

    void Pass(Work work)
    {
        using WorkerPool pool = new(_threads);
        pool.Run(work);
    }

    static long Fill(byte* from, byte* to)
    {
        new Span<byte>(from, (int)(to - from)).Fill(1);
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long Wide(byte* from, byte* to)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (; from < to; from += Step)
        {
            a ^= Vector512.Load((long*)from);
            b ^= Vector512.Load((long*)(from + 64));
            c ^= Vector512.Load((long*)(from + 128));
            d ^= Vector512.Load((long*)(from + 192));
        }

        return (a ^ b ^ c ^ d)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long Narrow(byte* from, byte* to)
    {
        Vector256<long> a = default, b = default, c = default, d = default;
        for (; from < to; from += Step / 2)
        {
            a += Vector256.Load((long*)from);
            b += Vector256.Load((long*)(from + 32));
            c += Vector256.Load((long*)(from + 64));
            d += Vector256.Load((long*)(from + 96));
        }

        return (a + b + c + d)[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static long Ahead(byte* from, byte* to)
    {
        const int Distance = 4096;
        Vector256<long> a = default, b = default;
        for (; from < to; from += Step / 4)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(from + Distance);
            }

            a += Vector256.Load((long*)from);
            b += Vector256.Load((long*)(from + 32));
        }

        return (a + b)[0];
    }

    sealed class Work(byte* memory, int threads, delegate*<byte*, byte*, long> loop) : IParallelWork
    {
        long _sink; // so that nothing is dropped

        public void Run(int thread)
        {
            long part = Bytes / threads / Step * Step;
            Interlocked.Add(ref _sink, loop(memory + part * thread, memory + part * (thread + 1)));
        }
    }
}
