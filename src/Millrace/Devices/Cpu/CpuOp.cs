using System.Runtime.InteropServices;

namespace Millrace.Devices.Cpu;

/// <summary>An op of the plan with its memory: what each thread of the pool runs between two barriers. Work is handed out by a counter, so that a thread that was held up takes less of it.</summary>
abstract class CpuOp
{
    Counter _next;

    /// <summary>Does this thread's share.</summary>
    public abstract void Run(CpuStep step, int thread);

    /// <summary>Makes the op ready for another run; no thread is in it.</summary>
    public void Reset() => _next.Value = 0;

    /// <summary>The next piece of work that nobody has taken.</summary>
    protected int Take() => Interlocked.Increment(ref _next.Value) - 1;

    /// <summary>The begin of the next <paramref name="count"/> pieces that nobody has taken.</summary>
    protected int Take(int count) => Interlocked.Add(ref _next.Value, count) - count;

    // Alone on its cache line.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    struct Counter
    {
        [FieldOffset(64)]
        public int Value;
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
