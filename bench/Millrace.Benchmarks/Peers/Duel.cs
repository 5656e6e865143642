using System.Diagnostics;

namespace Millrace.Benchmarks.Peers;

/// <summary>Times two sides in turns (A, B, A, B …), so that a neighbour's load falls on both.</summary>
/// <param name="ours">The one.</param>
/// <param name="theirs">The other.</param>
/// <param name="turns">How many turns of each.</param>
/// <param name="budget">After so much time no more turns begin, if there were <see cref="LeastTurns"/>.</param>
/// <param name="bandwidth">Says how fast memory is read now: a host may change it from one turn to the next.</param>
/// <param name="clock">What time is counted.</param>
sealed class Duel(ISide ours, ISide theirs, int turns, TimeSpan budget, ReadBandwidth bandwidth, RunClock clock)
{
    const int LeastTurns = 3;
    const int Quiet = 150; // milliseconds in which the threads of the side before go to sleep

    /// <summary>Tokens per second of each turn, in order, and bytes per second read before the first and after each.</summary>
    public (double[] Ours, double[] Theirs, double[] Reads) Run(PeerRow row)
    {
        ours.Prepare(row);
        theirs.Prepare(row);
        Seconds(ours, 0);
        List<double> a = [], b = [], reads = [Read()];
        long start = Stopwatch.GetTimestamp();
        for (int turn = 1; turn <= turns && (turn <= LeastTurns || Stopwatch.GetElapsedTime(start) < budget); turn++)
        {
            a.Add(row.AllTokens / Seconds(ours, turn));
            b.Add(row.AllTokens / Seconds(theirs, turn));
            reads.Add(Read());
        }

        return ([.. a], [.. b], [.. reads]);
    }

    double Read()
    {
        Thread.Sleep(Quiet);
        return bandwidth.Measure();
    }

    double Seconds(ISide side, int seed)
    {
        side.Reset(seed);
        Thread.Sleep(Quiet);
        TimeSpan start = clock.Now;
        side.Run();
        return (clock.Now - start).TotalSeconds;
    }
}
