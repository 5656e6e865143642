using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Millrace.Kernels;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>How fast this machine reads memory: the sum of a large block, each thread its part. Nothing an engine does reads faster.</summary>
sealed unsafe class MemoryBandwidth : IDisposable
{
    const long Wanted = 1L << 30; // past any cache
    const long Least = 64L << 20;
    const int Alignment = 64 * 1024;

    readonly long _bytes;
    readonly byte* _block;

    /// <summary>Allocates and touches the block: a gibibyte, or a quarter of the memory available if that is less.</summary>
    public MemoryBandwidth()
    {
        _bytes = Math.Clamp(Limits.AvailableMemory / 4, Least, Wanted) / Alignment * Alignment;
        _block = (byte*)NativeMemory.AlignedAlloc((nuint)_bytes, Alignment);
        using WorkerPool pool = new(Environment.ProcessorCount);
        pool.Run(new Fill(_block, _bytes, pool.Threads));
    }

    /// <summary>Bytes in the block.</summary>
    public long Bytes => _bytes;

    /// <summary>Measures, in a block made for it.</summary>
    /// <returns>Bytes per second.</returns>
    public static double Measure(int threads)
    {
        using MemoryBandwidth block = new();
        return block.Read(threads);
    }

    /// <summary>The best of a few passes.</summary>
    /// <returns>Bytes per second.</returns>
    public double Read(int threads) => _bytes / FastestPass.Seconds(threads, new Sum(_block, _bytes, threads));

    /// <summary>Frees the block.</summary>
    public void Dispose() => NativeMemory.AlignedFree(_block);

    static (long Begin, long End) Part(long bytes, int thread, int threads)
    {
        long part = bytes / threads / Alignment * Alignment;
        return (part * thread, thread == threads - 1 ? bytes : part * (thread + 1));
    }

    sealed class Fill(byte* block, long bytes, int threads) : IParallelWork
    {
        public void Run(int thread)
        {
            (long begin, long end) = Part(bytes, thread, threads);
            NativeMemory.Fill(block + begin, (nuint)(end - begin), 1);
        }
    }

    sealed class Sum(byte* block, long bytes, int threads) : IParallelWork
    {
        long _total;

        public void Run(int thread)
        {
            (long begin, long end) = Part(bytes, thread, threads);
            Interlocked.Add(ref _total, (long)Add(block + begin, block + end));
        }

        // Four sums at once, so that no addition waits for the one before it. Parts are multiples of 64 KiB: no remainder.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static ulong Add(byte* from, byte* to)
        {
            int width = Vector<ulong>.Count * sizeof(ulong);
            Vector<ulong> a = default, b = default, c = default, d = default;
            for (; from < to; from += 4 * width)
            {
                a += *(Vector<ulong>*)from;
                b += *(Vector<ulong>*)(from + width);
                c += *(Vector<ulong>*)(from + (2 * width));
                d += *(Vector<ulong>*)(from + (3 * width));
            }

            return Vector.Sum(a + b + c + d);
        }
    }
}
