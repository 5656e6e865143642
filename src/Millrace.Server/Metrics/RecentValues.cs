namespace Millrace.Server.Metrics;

/// <summary>The values of the last seconds, for percentiles of now. Thread-safe; recording allocates nothing. A percentile is right within a step of 5 %.</summary>
/// <param name="clock">The clock.</param>
sealed class RecentValues(TimeProvider clock)
{
    const int Seconds = 30;
    const int Buckets = 320;
    const double Step = 1.05;
    const double Least = 1e-5;

    static readonly double LogStep = Math.Log(Step);

    readonly Lock _lock = new();
    readonly int[,] _counts = new int[Seconds, Buckets];
    readonly double[] _sums = new double[Seconds];
    long _second;

    /// <summary>Adds a value.</summary>
    public void Record(double value, double weight = 1)
    {
        lock (_lock)
        {
            int slot = Turn();
            _counts[slot, Bucket(value)]++;
            _sums[slot] += weight;
        }
    }

    /// <summary>The sum of the weights of the last full seconds, by second.</summary>
    /// <param name="seconds">How many, at most 29.</param>
    public double Rate(int seconds)
    {
        lock (_lock)
        {
            int now = Turn();
            double sum = 0;
            for (int back = 1; back <= seconds; back++)
            {
                sum += _sums[(now - back + Seconds) % Seconds];
            }

            return sum / seconds;
        }
    }

    /// <summary>Percentiles of the last half minute, of several together; null where there was nothing.</summary>
    /// <param name="all">The values.</param>
    /// <param name="fractions">Which, 0 to 1, rising.</param>
    public static double[]? Percentiles(IEnumerable<RecentValues> all, params ReadOnlySpan<double> fractions)
    {
        Span<long> counts = stackalloc long[Buckets];
        long total = 0;
        foreach (RecentValues values in all)
        {
            total += values.AddTo(counts);
        }

        return total == 0 ? null : Percentiles(counts, total, fractions);
    }

    long AddTo(Span<long> counts)
    {
        long total = 0;
        lock (_lock)
        {
            Turn();
            for (int slot = 0; slot < Seconds; slot++)
            {
                for (int bucket = 0; bucket < Buckets; bucket++)
                {
                    counts[bucket] += _counts[slot, bucket];
                    total += _counts[slot, bucket];
                }
            }
        }

        return total;
    }

    static double[] Percentiles(ReadOnlySpan<long> counts, long total, ReadOnlySpan<double> fractions)
    {
        double[] found = new double[fractions.Length];
        int bucket = 0;
        long below = counts[0];
        for (int i = 0; i < fractions.Length; i++)
        {
            long rank = Math.Max(1, (long)Math.Ceiling(fractions[i] * total));
            while (below < rank)
            {
                below += counts[++bucket];
            }

            found[i] = Least * Math.Exp((bucket - 0.5) * LogStep); // the middle of the bucket
        }

        return found;
    }

    static int Bucket(double value) => value <= Least ? 0 : Math.Min(Buckets - 1, (int)Math.Ceiling(Math.Log(value / Least) / LogStep));

    /// <summary>The slot of this second, emptied where it held an older one.</summary>
    int Turn()
    {
        long second = (long)clock.GetElapsedTime(0).TotalSeconds;
        for (long missed = Math.Max(_second + 1, second - Seconds + 1); missed <= second; missed++)
        {
            int slot = (int)(missed % Seconds);
            _sums[slot] = 0;
            for (int bucket = 0; bucket < Buckets; bucket++)
            {
                _counts[slot, bucket] = 0;
            }
        }

        _second = Math.Max(_second, second);
        return (int)(_second % Seconds);
    }
}
