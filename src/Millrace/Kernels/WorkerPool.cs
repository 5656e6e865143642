using System.Runtime.ExceptionServices;

namespace Millrace.Kernels;

/// <summary>Work that threads of a pool take part in.</summary>
public interface IParallelWork
{
    /// <summary>Does a thread's part.</summary>
    /// <param name="thread">0 (the caller of <see cref="WorkerPool.Run(IParallelWork)"/>) to <see cref="WorkerPool.Threads"/> - 1.</param>
    void Run(int thread);
}

/// <summary>A fixed set of threads that work on one thing at a time; the caller is one of them. Between two runs they spin for a short while and then sleep, so that a busy machine is not starved by waiting.</summary>
public sealed class WorkerPool : IDisposable
{
    const int Closed = -1;

    readonly Thread[] _workers;
    readonly Bed[] _beds; // of each worker
    readonly LoneCounter[] _lines = new LoneCounter[3];
    IParallelWork? _work;
    bool _shared;
    Exception? _failure;
    volatile bool _stop;

    // _lines[0] the number of the current run, [1] workers that are in it, or Closed between runs, [2] workers that came to it.
    ref int RunNumber => ref _lines[0].Value;
    ref int Inside => ref _lines[1].Value;
    ref int Came => ref _lines[2].Value;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many work together, the caller included; at least 1.</param>
    public WorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        Inside = Closed;
        _workers = new Thread[threads - 1];
        int[]? processors = Processors.For(threads);
        _beds = [.. _workers.Select(static _ => new Bed())];
        for (int i = 0; i < _workers.Length; i++)
        {
            int thread = i + 1;
            _workers[i] = new Thread(() => Loop(thread, processors?[thread])) { IsBackground = true, Name = $"millrace-{thread}" };
            _workers[i].Start();
        }
    }

    /// <summary>How many threads work together.</summary>
    public int Threads { get; }

    /// <summary>Whether a thread of the current run threw: what others wait for may never come.</summary>
    public bool HasFailed => Volatile.Read(ref _failure) is not null;

    /// <summary>Runs <paramref name="work"/> on all threads and returns when each is done. One caller at a time.</summary>
    /// <remarks>What a thread threw first is thrown here.</remarks>
    public void Run(IParallelWork work) => Run(work, shared: false);

    /// <summary>Runs work that threads take piece by piece, and returns when the caller's part has returned and nobody is in the work. A thread that the system does not let run holds nobody up: it may come late, again, or not at all.</summary>
    public void RunShared(IParallelWork work) => Run(work, shared: true);

    /// <summary>Ends the threads. Not during a run.</summary>
    public void Dispose()
    {
        _stop = true;
        WakeSleepers();
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i].Join();
            _beds[i].Dispose();
        }
    }

    void Run(IParallelWork work, bool shared)
    {
        if (Threads == 1)
        {
            work.Run(0);
            return;
        }

        _work = work;
        _shared = shared;
        Came = 0;
        Volatile.Write(ref Inside, 0);
        Interlocked.Increment(ref RunNumber);
        WakeSleepers();
        Guarded(work, 0);
        Spin spin = new(Threads);
        while ((!shared && Volatile.Read(ref Came) < Threads - 1) || Interlocked.CompareExchange(ref Inside, Closed, 0) != 0)
        {
            spin.OnceOrYield();
        }

        _work = null;
        if (_failure is { } failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    void Loop(int thread, int? processor)
    {
        if (processor is { } own)
        {
            Processors.Bind(own);
        }

        int seen = 0;
        while (AwaitRun(seen, _beds[thread - 1]))
        {
            seen = Volatile.Read(ref RunNumber);
            bool again = true;
            while (again && TryEnter())
            {
                // The run that was entered, which may be one later than the one that was seen, stays open as long as somebody is in it.
                seen = Volatile.Read(ref RunNumber);
                again = _shared;
                Guarded(_work!, thread);
                Interlocked.Decrement(ref Inside);
                if (again && !Closes())
                {
                    Thread.Yield();
                }
            }
        }
    }

    /// <summary>Whether the run ends within the next moment, as it does where all of it is done.</summary>
    bool Closes()
    {
        const int Moment = 50;
        for (int i = 0; i < Moment && Volatile.Read(ref Inside) != Closed; i++)
        {
            Spin.Pause();
        }

        return Volatile.Read(ref Inside) == Closed;
    }

    /// <summary>Waits for a run after the one that was seen last; false where the pool ends.</summary>
    bool AwaitRun(int seen, Bed bed)
    {
        Spin spin = new(Threads, patience: 3);
        while (Volatile.Read(ref RunNumber) == seen && !_stop)
        {
            if (spin.Once())
            {
                continue;
            }

            Interlocked.Exchange(ref bed.Taken, 1);
            // A run that began before did not see that the bed is taken: look once more. Who has been woken meanwhile takes the wake-up.
            bool comes = Volatile.Read(ref RunNumber) != seen || _stop;
            if (!comes || Interlocked.Exchange(ref bed.Taken, 0) == 0)
            {
                bed.Wake.Wait();
            }

            spin = new Spin(Threads, patience: 3);
        }

        return !_stop;
    }

    void WakeSleepers()
    {
        Interlocked.MemoryBarrier();
        foreach (Bed bed in _beds)
        {
            if (Volatile.Read(ref bed.Taken) != 0 && Interlocked.Exchange(ref bed.Taken, 0) != 0)
            {
                bed.Wake.Release();
            }
        }
    }

    bool TryEnter()
    {
        int inside = Volatile.Read(ref Inside);
        while (inside != Closed)
        {
            int found = Interlocked.CompareExchange(ref Inside, inside + 1, inside);
            if (found == inside)
            {
                Interlocked.Increment(ref Came);
                return true;
            }

            inside = found;
        }

        return false;
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

    /// <summary>Where a worker sleeps; each has its own, lest one that is done takes another's wake-up.</summary>
    sealed class Bed : IDisposable
    {
        public int Taken;
        public readonly SemaphoreSlim Wake = new(0);

        public void Dispose() => Wake.Dispose();
    }
}
