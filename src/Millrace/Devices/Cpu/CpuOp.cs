using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>An op of the plan with its memory: what threads of the pool run at once. All work is handed out by counters, piece by piece, so that a thread that was held up takes less of it, and one that does not come takes none.</summary>
abstract class CpuOp
{
    LoneCounter _next;
    LoneCounter[] _shares = [];

    /// <summary>Does pieces until none is left; again and by late comers too, who find none.</summary>
    public abstract void Run(CpuStep step, int thread);

    /// <summary>Whether one thread does all of this step's work. Then it is whoever was last in the op before, who has the data in its caches and tells nobody: in a step of one token half of the ops are some microseconds of work each, and handing them on would take as long.</summary>
    public virtual bool IsOnePiece(CpuStep step) => false;

    /// <summary>The memory of the weights that a thread reads first, in the order in which it does; none where the op has weights but their order is not known before, null where it has none.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="threads">How many there are.</param>
    /// <param name="bytes">How much at most.</param>
    public virtual MemoryRange[]? FirstWeights(int thread, int threads, long bytes) => null;

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

    /// <summary>The next of <paramref name="count"/> pieces for a thread, or an empty range at the end: first those of its own share, in ascending order, then what others have left. Weights that follow each other in memory are then read by one thread as one stream, and asked for ahead; dealt out in turn, two threads read them at half the speed.</summary>
    /// <param name="thread">Who asks.</param>
    /// <param name="count">Pieces in all.</param>
    /// <param name="most">Pieces taken at once at most: a quarter of what is left of the share, so that all threads end together.</param>
    protected (int Begin, int End) TakeNear(int thread, int count, int most = 1)
    {
        int threads = _shares.Length;
        for (int i = 0; i < threads; i++)
        {
            int owner = (thread + i) % threads;
            (int begin, int end) = Share(owner, threads, count);
            int taken = Volatile.Read(ref _shares[owner].Value);
            while (taken < end - begin)
            {
                int some = Math.Clamp((end - begin - taken) / 4, 1, most);
                int found = Interlocked.CompareExchange(ref _shares[owner].Value, taken + some, taken);
                if (found == taken)
                {
                    return (begin + taken, begin + taken + some);
                }

                taken = found;
            }
        }

        return (count, count);
    }

    /// <summary>The pieces that <see cref="TakeNear"/> gives a thread first: the same in every run.</summary>
    protected static (int Begin, int End) Share(int thread, int threads, int count) =>
        ((int)((long)count * thread / threads), (int)((long)count * (thread + 1) / threads));
}

/// <summary>An op that does the same to each row by itself.</summary>
abstract class RowOp : CpuOp
{
    public sealed override bool IsOnePiece(CpuStep step) => Rows(step) == 1;

    public sealed override void Run(CpuStep step, int thread)
    {
        int rows = Rows(step);
        for (int row = Take(); row < rows; row = Take())
        {
            Run(step, thread, row);
        }
    }

    /// <summary>How many rows there are in this step.</summary>
    protected abstract int Rows(CpuStep step);

    /// <summary>Does one.</summary>
    protected abstract void Run(CpuStep step, int thread, int row);
}

/// <summary>Bytes in memory.</summary>
/// <param name="Begin">The first.</param>
/// <param name="End">One past the last.</param>
readonly record struct MemoryRange(nint Begin, nint End);

/// <summary>Rows of floats: a value of the plan in memory.</summary>
/// <param name="Pointer">Row 0.</param>
/// <param name="Width">Floats in a row, and from row to row.</param>
unsafe readonly record struct Rows(nint Pointer, int Width)
{
    /// <summary>A row.</summary>
    public float* this[int row] => (float*)Pointer + (long)row * Width;
}
