using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>An op of the plan with its memory: what threads of the pool run at once. All work is handed out by counters, piece by piece, so that a thread that was held up takes less of it, and one that does not come takes none.</summary>
abstract class CpuOp
{
    LoneCounter _next;
    LoneCounter[] _shares = [];

    /// <summary>Does pieces until none is left; again and by late comers too, who find none.</summary>
    public abstract void Run(CpuStep step, int thread);

    /// <summary>Makes the op ready for another run by so many threads; no thread is in it.</summary>
    public virtual void Reset(int threads)
    {
        _next.Value = 0;
        if (_shares.Length != threads)
        {
            _shares = new LoneCounter[threads];
        }

        for (int i = 0; i < threads; i++)
        {
            _shares[i].Value = 0;
        }
    }

    /// <summary>The next piece of work that nobody has taken.</summary>
    protected int Take() => Interlocked.Increment(ref _next.Value) - 1;

    /// <summary>The next of <paramref name="count"/> pieces for a thread, or <paramref name="count"/>: first those of its own share, in ascending order, then what others have left. Weights that follow each other in memory are then read by one thread as one stream, and asked for ahead; dealt out in turn, two threads read them at half the speed.</summary>
    protected int TakeNear(int thread, int count)
    {
        int threads = _shares.Length;
        for (int i = 0; i < threads; i++)
        {
            int owner = (thread + i) % threads;
            int begin = (int)((long)count * owner / threads);
            int end = (int)((long)count * (owner + 1) / threads);
            int index = begin + Interlocked.Increment(ref _shares[owner].Value) - 1;
            if (index < end)
            {
                return index;
            }
        }

        return count;
    }
}

/// <summary>Rows of floats: a value of the plan in memory.</summary>
/// <param name="Pointer">Row 0.</param>
/// <param name="Width">Floats in a row, and from row to row.</param>
unsafe readonly record struct Rows(nint Pointer, int Width)
{
    /// <summary>A row.</summary>
    public float* this[int row] => (float*)Pointer + (long)row * Width;
}
