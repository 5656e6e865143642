using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>How fast this machine reads memory: the best of several plain loops over a gibibyte, each thread its own part of it. Nothing an engine does reads faster, so a share of it says how much is left.</summary>
sealed unsafe class ReadBandwidth : IDisposable
{
    const long Bytes = 1L << 30; // past any cache
    const int Passes = 5, MostPasses = 200;
    const long CachedBytes = 1L << 30; // in all of a small part's passes
    const int Step = 256;

    readonly NativeBuffer _buffer = new(Bytes);
    readonly int _threads;
    readonly RunClock _clock;

    /// <summary>Takes the memory and touches it.</summary>
    /// <param name="threads">Threads that read.</param>
    /// <param name="clock">What time is counted; null for the clock's.</param>
    public ReadBandwidth(int threads, RunClock? clock = null)
    {
        (_threads, _clock) = (threads, clock ?? new RunClock());
        using WorkerPool pool = new(threads);
        pool.Run(new Work(_buffer.Pointer, Bytes, threads, &Fill));
    }

    /// <summary>Bytes per second, the best of all loops and passes.</summary>
    /// <param name="bytes">How much is read again and again: less than a gibibyte to read from caches.</param>
    public double Measure(long bytes = Bytes)
    {
        bytes = Math.Min(bytes, Bytes);
        double best = double.MaxValue;
        int passes = (int)Math.Clamp(CachedBytes / bytes, Passes, MostPasses);
        using WorkerPool pool = new(_threads);
        foreach (Work loop in (Work[])[new(_buffer.Pointer, bytes, _threads, &Wide), new(_buffer.Pointer, bytes, _threads, &Narrow), new(_buffer.Pointer, bytes, _threads, &Ahead)])
        {
            best = Math.Min(best, _clock.Fastest(pool, loop, passes));
        }

        return bytes / best;
    }

    public void Dispose() => _buffer.Dispose();

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

    sealed class Work(byte* memory, long bytes, int threads, delegate*<byte*, byte*, long> loop) : IParallelWork
    {
        long _sink; // so that nothing is dropped

        public void Run(int thread)
        {
            long part = bytes / threads / Step * Step;
            Interlocked.Add(ref _sink, loop(memory + part * thread, memory + part * (thread + 1)));
        }
    }
}
