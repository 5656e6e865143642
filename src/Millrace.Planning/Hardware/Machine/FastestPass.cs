using System.Diagnostics;
using Millrace.Kernels;

namespace Millrace.Planning.Hardware.Machine;

/// <summary>Times work that threads do at once.</summary>
static class FastestPass
{
    const int Timed = 5;

    /// <summary>Seconds of the fastest of a few passes.</summary>
    public static double Seconds(int threads, IParallelWork work)
    {
        using WorkerPool pool = new(threads);
        double best = double.MaxValue;
        for (int i = 0; i <= Timed; i++)
        {
            long start = Stopwatch.GetTimestamp();
            pool.Run(work);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = i == 0 ? best : Math.Min(best, seconds); // the first pass compiles
        }

        return best;
    }
}
