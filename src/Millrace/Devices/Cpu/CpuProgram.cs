using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Ops in order, each begun when all work of the one before is done.</summary>
/// <remarks>An op is done when its pieces are taken and whoever took some has left it; nobody waits for a thread that took none. So a thread that the system does not let run (more threads than processors, or others that want them) costs its own work and not everybody's time.</remarks>
sealed class CpuProgram(CpuOp[] ops, CpuStep step, WorkerPool pool) : IParallelWork
{
    const int NotBegun = -1;

    readonly LoneCounter[] _inside = new LoneCounter[ops.Length]; // threads in each op
    readonly WeightsAhead[] _ahead = [.. Enumerable.Range(0, pool.Threads).Select(thread => new WeightsAhead(ops, thread, pool.Threads))];
    LoneCounter _left; // ops that somebody was last in
    LoneCounter _done; // ops that are done

    /// <summary>Runs them.</summary>
    public void Run()
    {
        foreach (CpuOp op in ops)
        {
            op.Reset(pool.Threads);
        }

        foreach (WeightsAhead ahead in _ahead)
        {
            ahead.Reset();
        }

        Array.Clear(_inside); // a run that failed may have left some
        _done.Value = NotBegun;
        pool.RunShared(this);
    }

    /// <inheritdoc/>
    void IParallelWork.Run(int thread)
    {
        if (thread == 0)
        {
            Follow(0, thread);
        }
        else if (!Await(0, thread))
        {
            return;
        }

        for (int i = Volatile.Read(ref _done.Value); i < ops.Length; i = Volatile.Read(ref _done.Value))
        {
            Interlocked.Increment(ref _inside[i].Value);
            ops[i].Run(step, thread);
            // The last to leave saw that no piece is left. A thread that comes to an op which is done finds none and changes nothing.
            if (Interlocked.Decrement(ref _inside[i].Value) == 0 && Interlocked.CompareExchange(ref _left.Value, i + 1, i) == i)
            {
                Follow(i + 1, thread);
            }
            else if (!Await(i + 1, thread))
            {
                return;
            }
        }
    }

    /// <summary>Does the ops from one on that are one piece of work, and lets all go on with what follows.</summary>
    void Follow(int op, int thread)
    {
        while (op < ops.Length && ops[op].IsOnePiece(step))
        {
            ops[op++].Run(step, thread);
        }

        _left.Value = op;
        Volatile.Write(ref _done.Value, op);
    }

    /// <summary>Waits until so many ops are done. False where there is no use in waiting, and for a worker that waits long: it leaves the run before it lets others run, lest the end of the run wait for it, and comes again.</summary>
    bool Await(int done, int thread)
    {
        bool asks = step.Tokens <= CpuStep.FewTokens;
        Spin spin = new(pool.Threads);
        while (Volatile.Read(ref _done.Value) < done)
        {
            if (asks && _ahead[thread].Ask(done))
            {
                continue;
            }

            if (pool.HasFailed || (thread != 0 && !spin.Once()))
            {
                return false;
            }

            if (thread == 0)
            {
                spin.OnceOrYield();
            }
        }

        return true;
    }
}
