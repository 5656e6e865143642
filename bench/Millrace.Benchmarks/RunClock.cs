using System.Diagnostics;
using Millrace.Kernels;

namespace Millrace.Benchmarks;

/// <summary>What time is counted.</summary>
/// <param name="processor">The process's processor time, not the clock's: for one thread on a busy machine.</param>
sealed class RunClock(bool processor = false)
{
    /// <summary>Time since some moment.</summary>
    public TimeSpan Now => processor ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);

    /// <summary>Times an action again and again.</summary>
    /// <param name="action">The action.</param>
    /// <param name="milliseconds">How long, by the wall clock.</param>
    /// <param name="least">Times at least.</param>
    /// <returns>Seconds.</returns>
    public (double Best, double Median) Repeat(Action action, int milliseconds, int least)
    {
        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        while (times.Count < least || Stopwatch.GetElapsedTime(start).TotalMilliseconds < milliseconds)
        {
            times.Add(Seconds(action));
        }

        times.Sort();
        return (times[0], times[times.Count / 2]);
    }

    /// <summary>Times a few passes of work that all threads of a pool do.</summary>
    /// <returns>Seconds of the fastest.</returns>
    public double Fastest(WorkerPool pool, IParallelWork work, int passes) => Enumerable.Range(0, passes).Min(_ => Seconds(() => pool.Run(work)));

    double Seconds(Action action)
    {
        TimeSpan begin = Now;
        action();
        return (Now - begin).TotalSeconds;
    }

    /// <summary>As the argument <c>clock=</c> says: <c>wall</c>, or <c>processor</c>.</summary>
    public static RunClock Of(Arguments arguments) => new(arguments.Text("clock", "wall") == "processor");
}
