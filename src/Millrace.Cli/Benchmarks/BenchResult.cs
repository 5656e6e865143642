namespace Millrace.Cli.Benchmarks;

/// <summary>One measurement, of a few repetitions.</summary>
/// <param name="Kind">prefill or decode.</param>
/// <param name="Tokens">Tokens of each stream.</param>
/// <param name="Batch">Streams at once.</param>
/// <param name="Depth">Tokens of each stream that were in the cache before.</param>
/// <param name="Seconds">How long each repetition took.</param>
/// <param name="FirstToken">Seconds to the first token, of each stream and repetition.</param>
/// <param name="InterToken">Seconds from token to token, of each step and repetition; none for prefill.</param>
/// <param name="Bytes">Weights and KV that a repetition must read.</param>
sealed record BenchResult(string Kind, int Tokens, int Batch, int Depth, double[] Seconds, double[] FirstToken, double[] InterToken, double Bytes)
{
    /// <summary>Seconds that a repetition was predicted to take; null where nothing predicts.</summary>
    public double? Predicted { get; init; }

    /// <summary>Tokens per second that were predicted.</summary>
    public double? PredictedRate => Predicted is { } seconds ? Rate(seconds) : null;

    /// <summary>Tokens per second of the median repetition, all streams together.</summary>
    public double Median => Rate(Percentile(Seconds, 50)!.Value);

    /// <summary>Of the slowest repetition.</summary>
    public double Min => Rate(Seconds.Max());

    /// <summary>Of the fastest repetition.</summary>
    public double Max => Rate(Seconds.Min());

    /// <summary>From the slowest to the fastest, in percent of the median.</summary>
    public double SpreadPercent => (Max - Min) / Median * 100;

    /// <summary>Bytes per second of the median repetition.</summary>
    public double Bandwidth => Bytes / Percentile(Seconds, 50)!.Value;

    /// <summary>How even the time from token to token is: its p99 over its p50; null for prefill.</summary>
    public double? Jitter => Percentile(InterToken, 99) / Percentile(InterToken, 50);

    /// <summary>The value that so many percent of the values do not exceed (nearest rank; the middle of the two middle ones for the median); null of none.</summary>
    public static double? Percentile(double[] values, int percent)
    {
        if (values.Length == 0)
        {
            return null;
        }

        double[] sorted = [.. values.Order()];
        int rank = (int)Math.Ceiling(percent / 100.0 * sorted.Length) - 1;
        return percent == 50 && sorted.Length % 2 == 0 ? (sorted[rank] + sorted[rank + 1]) / 2 : sorted[Math.Max(0, rank)];
    }

    double Rate(double seconds) => (double)Tokens * Batch / seconds;
}
