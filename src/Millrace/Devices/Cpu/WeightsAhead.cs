using System.Runtime.Intrinsics.X86;

namespace Millrace.Devices.Cpu;

/// <summary>What a thread asks memory for while it waits for others: the weights that it reads first in the next op that has any. A step of few tokens is as fast as memory, which would stand still in every wait and begin each product anew.</summary>
/// <remarks>The plan is static and a thread's share of an op always the same, so that the addresses are known when the plan is compiled. Nothing is read: where weights are not in memory, as those of mapped files may not be, the processor ignores it.</remarks>
sealed unsafe class WeightsAhead
{
    // What the second-level caches of most processors have room for besides; more than a wait is long.
    const long Bytes = 256 << 10;
    const int CacheLine = 64;
    const int LinesAtOnce = 8;

    readonly MemoryRange[][] _ranges; // [op] of the next op with weights
    readonly int[] _next; // [op] which op that is
    int _op = -1; // asked for last
    int _range;
    nint _at;

    /// <summary>Looks up the addresses.</summary>
    /// <param name="ops">The program.</param>
    /// <param name="thread">Whose weights.</param>
    /// <param name="threads">How many there are.</param>
    public WeightsAhead(CpuOp[] ops, int thread, int threads)
    {
        _ranges = new MemoryRange[ops.Length + 1][];
        _next = new int[ops.Length + 1];
        (_ranges[^1], _next[^1]) = ([], ops.Length);
        for (int i = ops.Length - 1; i >= 0; i--)
        {
            (_ranges[i], _next[i]) = ops[i].FirstWeights(thread, threads, Bytes) is { } own ? (own, i) : (_ranges[i + 1], _next[i + 1]);
        }
    }

    /// <summary>Forgets what was asked for: another run begins.</summary>
    public void Reset() => _op = -1;

    /// <summary>Asks for some lines; false where all have been asked for.</summary>
    /// <param name="from">The op that is waited for.</param>
    public bool Ask(int from)
    {
        MemoryRange[] ranges = _ranges[from];
        if (_op != _next[from])
        {
            (_op, _range, _at) = (_next[from], 0, ranges.Length > 0 ? ranges[0].Begin : 0);
        }

        if (!Sse.IsSupported || _range == ranges.Length)
        {
            return false;
        }

        for (int line = 0; line < LinesAtOnce && _at < ranges[_range].End; line++, _at += CacheLine)
        {
            Sse.Prefetch1((byte*)_at);
        }

        if (_at >= ranges[_range].End && ++_range < ranges.Length)
        {
            _at = ranges[_range].Begin;
        }

        return true;
    }
}
