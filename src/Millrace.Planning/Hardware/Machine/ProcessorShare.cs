using System.Diagnostics;
using Millrace.Kernels;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>How much of the processors' time threads of this process get: what others, or a control group, take is missing from what is measured meanwhile. Looked at for a moment again and again, while nothing else of this process computes.</summary>
/// <param name="threads">Threads that compute.</param>
sealed class ProcessorShare(int threads) : IParallelWork
{
    const double MomentSeconds = 0.03; // several turns of a scheduler, and enough for clocks that tick

    double _wall, _processor;
    long _begin;

    /// <summary>Processor time by the clock's, of 1 where nobody else computes; 1 before the first look.</summary>
    public double Value => _wall > 0 ? Math.Min(1, _processor / _wall) : 1;

    /// <summary>Looks: all threads compute for a moment.</summary>
    public void Look()
    {
        using WorkerPool pool = new(threads);
        pool.Run(this); // threads start
        TimeSpan before = Environment.CpuUsage.TotalTime;
        _begin = Stopwatch.GetTimestamp();
        pool.Run(this);
        _wall += Stopwatch.GetElapsedTime(_begin).TotalSeconds * threads;
        _processor += (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Run(int thread)
    {
        while (Stopwatch.GetElapsedTime(_begin).TotalSeconds < MomentSeconds)
        {
            Thread.SpinWait(20);
        }
    }
}
