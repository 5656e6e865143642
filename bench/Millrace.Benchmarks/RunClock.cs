using System.Diagnostics;

namespace Millrace.Benchmarks;

/// <summary>What time is counted.</summary>
/// <param name="processor">The process's processor time, not the clock's: for one thread on a busy machine.</param>
sealed class RunClock(bool processor = false)
{
    /// <summary>Time since some moment.</summary>
    public TimeSpan Now => processor ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);

    /// <summary>As the argument <c>clock=</c> says: <c>wall</c>, or <c>processor</c>.</summary>
    public static RunClock Of(Arguments arguments) => new(arguments.Text("clock", "wall") == "processor");
}
