using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Ops in order, each begun when all work of the one before is done.</summary>
/// <remarks>An op is done when its pieces are taken and whoever took some has left it; nobody waits for a thread that took none. So a thread that the system does not let run (more threads than processors, or others that want them) costs its own work and not everybody's time.</remarks>
sealed class CpuProgram(CpuOp[] ops, CpuStep step, WorkerPool pool) : IParallelWork
{
    readonly LoneCounter[] _inside = new LoneCounter[ops.Length]; // threads in each op
    LoneCounter _done; // ops that are done

    /// <summary>Runs them.</summary>
    public void Run()
    {
        foreach (CpuOp op in ops)
        {
            op.Reset(pool.Threads);
        }

        Array.Clear(_inside); // a run that failed may have left some
        _done.Value = 0;
        pool.RunShared(this);
    }

    /// <inheritdoc/>
    void IParallelWork.Run(int thread)
    {
        for (int i = Volatile.Read(ref _done.Value); i < ops.Length; i = Volatile.Read(ref _done.Value))
        {
            Interlocked.Increment(ref _inside[i].Value);
            ops[i].Run(step, thread);
            // The last to leave saw that no piece is left. A thread that comes to an op which is done finds none and changes nothing.
            if (Interlocked.Decrement(ref _inside[i].Value) == 0)
            {
                Interlocked.CompareExchange(ref _done.Value, i + 1, i);
            }

            if (!Await(i + 1, thread))
            {
                return;
            }
        }
    }

    /// <summary>Waits until so many ops are done. False where there is no use in waiting, and for a worker that waits long: it leaves the run before it lets others run, lest the end of the run wait for it, and comes again.</summary>
    bool Await(int done, int thread)
    {
        Spin spin = new(pool.Threads);
        while (Volatile.Read(ref _done.Value) < done)
        {
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
