using System.Diagnostics;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>One kind of latency of a load.</summary>
/// <param name="Key">Its name among options and in json.</param>
/// <param name="Name">Its name in a line.</param>
/// <param name="Title">Its name over a section.</param>
/// <param name="Values">Its values in milliseconds, of answers that came whole.</param>
sealed record LatencyMetric(string Key, string Name, string Title, Statistics Values);

/// <summary>Failures of one kind.</summary>
/// <param name="Kind">The status, or what else went wrong.</param>
/// <param name="Count">How many.</param>
/// <param name="Latency">Milliseconds from sending to the refusal.</param>
/// <param name="RetryAfter">Seconds that the server asks to wait, of those where it does.</param>
/// <param name="Example">The first one's message.</param>
sealed record FailureMetric(string Kind, int Count, Statistics Latency, Statistics RetryAfter, string Example);

/// <summary>What a load measured.</summary>
sealed class LoadMetrics
{
    /// <summary>Counts a load.</summary>
    public LoadMetrics(LoadResult result, ServiceLevels? levels)
    {
        RequestRecord[] good = [.. result.Records.Where(record => record.Succeeded)];
        Seconds = result.Elapsed.TotalSeconds;
        Completed = good.Length;
        Failed = result.Records.Count - good.Length;
        InputTokens = good.Sum(record => (long)record.InputTokens);
        CachedTokens = good.Sum(record => (long)record.CachedTokens);
        OutputTokens = good.Sum(record => (long)record.OutputTokens);
        Kept = levels is null ? null : good.Count(levels.AreKept);
        Latencies =
        [
            new("ttft", "TTFT", "Time to First Token", new Statistics(good.Select(Latency.Ttft).OfType<double>())),
            new("tpot", "TPOT", "Time per Output Token (excl. 1st token)", new Statistics(good.Select(Latency.Tpot).OfType<double>())),
            new("itl", "ITL", "Inter-token Latency", new Statistics(good.SelectMany(Latency.Itl))),
            new("e2el", "E2EL", "End-to-end Latency", new Statistics(good.Select(Latency.E2el).OfType<double>())),
        ];
        Failures = [.. result.Records.Where(record => !record.Succeeded).GroupBy(record => record.FailureKind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(Failure)];
        Lateness = new Statistics(result.Records.Where(record => record.DueAt > 0 && record.SentAt > 0).Select(record => Latency.Milliseconds(record.DueAt, record.SentAt)));
        Resent = result.Records.Sum(record => record.Resent);
        ClientCpuPercent = result.ClientCpu.TotalSeconds / Seconds * 100;
        PeakTokensPerSecond = PeakTokens(good, result.StartedAt);
        PeakRequests = PeakAtOnce(result.Records);
    }

    /// <summary>From the first request to the end of the last answer.</summary>
    public double Seconds { get; }

    /// <summary>Requests whose answers came whole, and those whose did not.</summary>
    public int Completed { get; }

    /// <inheritdoc cref="Completed"/>
    public int Failed { get; }

    /// <summary>Tokens of the prompts of answers that came whole.</summary>
    public long InputTokens { get; }

    /// <summary>Those of them that the server had in its cache.</summary>
    public long CachedTokens { get; }

    /// <summary>Tokens of answers that came whole.</summary>
    public long OutputTokens { get; }

    /// <summary>Answers that kept the service levels; null where none were given.</summary>
    public int? Kept { get; }

    /// <summary>The most texts that came in any second of the run.</summary>
    public int PeakTokensPerSecond { get; }

    /// <summary>The most requests that were under way at once.</summary>
    public int PeakRequests { get; }

    /// <summary>Time to first token, per output token, between tokens, end to end.</summary>
    public IReadOnlyList<LatencyMetric> Latencies { get; }

    /// <summary>Failures by kind.</summary>
    public IReadOnlyList<FailureMetric> Failures { get; }

    /// <summary>Milliseconds by which requests of an open loop left late: the client's own fault.</summary>
    public Statistics Lateness { get; }

    /// <summary>How often a request was sent again because its connection closed before an answer.</summary>
    public int Resent { get; }

    /// <summary>Processor time of the client, in percent of one core.</summary>
    public double ClientCpuPercent { get; }

    static FailureMetric Failure(IGrouping<string, RequestRecord> kind) => new(
        kind.Key,
        kind.Count(),
        new Statistics(kind.Where(record => record.SentAt > 0).Select(record => Latency.Milliseconds(record.SentAt, record.EndedAt))),
        new Statistics(kind.Where(record => record.RetryAfter >= 0).Select(record => record.RetryAfter)),
        kind.First().Error!);

    static int PeakTokens(RequestRecord[] records, long start)
    {
        Dictionary<long, int> seconds = [];
        foreach (long text in records.SelectMany(record => record.TextAt))
        {
            long second = (text - start) / Stopwatch.Frequency;
            seconds[second] = seconds.GetValueOrDefault(second) + 1;
        }

        return seconds.Count == 0 ? 0 : seconds.Values.Max();
    }

    static int PeakAtOnce(IReadOnlyList<RequestRecord> records)
    {
        // An end at the time of a beginning comes first.
        (long At, int Change)[] changes = [.. records.SelectMany(record => new[] { (record.SentAt, 1), (record.EndedAt, -1) }).Order()];
        (int now, int most) = (0, 0);
        foreach ((_, int change) in changes)
        {
            now += change;
            most = Math.Max(most, now);
        }

        return most;
    }
}
