using System.Runtime.ExceptionServices;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Kernels;

/// <summary>Work that every thread of a pool takes part in.</summary>
public interface IParallelWork
{
    /// <summary>Does this thread's part. It may call <see cref="WorkerPool.Barrier"/>, if every thread calls it as often.</summary>
    /// <param name="thread">0 (the caller of <see cref="WorkerPool.Run"/>) to <see cref="WorkerPool.Threads"/> - 1.</param>
    void Run(int thread);
}

/// <summary>A fixed set of threads that work on one thing at a time; the caller is one of them. Between two runs they spin for a short while and then sleep, so that a busy machine is not starved by waiting.</summary>
public sealed class WorkerPool : IDisposable
{
    const int SpinsBeforeYield = 2000;
    const int SpinsBeforeSleep = 6000;

    readonly Thread[] _workers;
    readonly SemaphoreSlim _wake = new(0);
    readonly CacheLine[] _lines = new CacheLine[4];
    IParallelWork? _work;
    Exception? _failure;
    volatile bool _stop;

    // _lines[0] the number of the current run, [1] threads still in it, [2] arrivals at the barrier, [3] the barrier's phase.
    ref int RunNumber => ref _lines[0].Value;
    ref int Busy => ref _lines[1].Value;
    ref int Arrived => ref _lines[2].Value;
    ref int Phase => ref _lines[3].Value;
    int _sleepers;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many work together, the caller included; at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int thread = i + 1;
            _workers[i] = new Thread(() => Loop(thread)) { IsBackground = true, Name = $"millrace-{thread}" };
            _workers[i].Start();
        }
    }

    /// <summary>How many threads work together.</summary>
    public int Threads { get; }

    /// <summary>Runs <paramref name="work"/> on all threads and returns when each is done. One caller at a time.</summary>
    /// <remarks>Where a thread throws, the others are released from their barriers, and what was thrown first is thrown here.</remarks>
    public void Run(IParallelWork work)
    {
        if (Threads == 1)
        {
            work.Run(0);
            return;
        }

        _work = work;
        Volatile.Write(ref Arrived, 0); // a run that failed may have left some
        Volatile.Write(ref Busy, Threads - 1);
        Interlocked.Increment(ref RunNumber);
        int sleepers = Volatile.Read(ref _sleepers);
        if (sleepers > 0)
        {
            _wake.Release(sleepers);
        }

        Guarded(work, 0);
        Spin spin = default;
        while (Volatile.Read(ref Busy) != 0)
        {
            spin.Once();
        }

        _work = null;
        if (_failure is { } failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Waits until every thread of the current run is here. What was written before it is visible to all after it.</summary>
    public void Barrier()
    {
        if (Threads == 1)
        {
            return;
        }

        int phase = Volatile.Read(ref Phase);
        if (Interlocked.Increment(ref Arrived) == Threads)
        {
            Volatile.Write(ref Arrived, 0);
            Volatile.Write(ref Phase, phase + 1);
            return;
        }

        Spin spin = default;
        while (Volatile.Read(ref Phase) == phase)
        {
            if (_failure is not null)
            {
                throw new InvalidOperationException("another thread of the run failed");
            }

            spin.Once();
        }
    }

    /// <summary>Ends the threads. Not during a run.</summary>
    public void Dispose()
    {
        _stop = true;
        _wake.Release(Math.Max(1, _workers.Length));
        foreach (Thread worker in _workers)
        {
            worker.Join();
        }

        _wake.Dispose();
    }

    void Loop(int thread)
    {
        int seen = 0;
        while (!_stop)
        {
            int spins = 0;
            while (Volatile.Read(ref RunNumber) == seen && !_stop)
            {
                if (++spins < SpinsBeforeSleep)
                {
                    Pause();
                    continue;
                }

                Interlocked.Increment(ref _sleepers);
                // A run that began before the increment did not count this sleeper: look once more.
                if (Volatile.Read(ref RunNumber) == seen && !_stop)
                {
                    _wake.Wait(millisecondsTimeout: 100);
                }

                Interlocked.Decrement(ref _sleepers);
                spins = 0;
            }

            if (_stop)
            {
                return;
            }

            seen = Volatile.Read(ref RunNumber);
            Guarded(_work!, thread);
            Interlocked.Decrement(ref Busy);
        }
    }

    void Guarded(IParallelWork work, int thread)
    {
        try
        {
            work.Run(thread);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
        }
    }

    static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }

    struct Spin
    {
        int _count;

        public void Once()
        {
            if (++_count < SpinsBeforeYield)
            {
                Pause();
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit, Size = 128)]
    struct CacheLine
    {
        [System.Runtime.InteropServices.FieldOffset(64)]
        public int Value;
    }
}
