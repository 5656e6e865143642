using System.Diagnostics;

namespace Millrace.Cli.ServeBench;

/// <summary>The latencies of an answer in milliseconds, as vLLM's benchmark defines them; null where an answer has none.</summary>
static class Latency
{
    /// <summary>From sending to the first text.</summary>
    public static double? Ttft(RequestRecord record) => record.TextAt.Count == 0 ? null : Milliseconds(record.SentAt, record.TextAt[0]);

    /// <summary>From the first text to the end, divided by the tokens after the first.</summary>
    public static double? Tpot(RequestRecord record) =>
        record.OutputTokens < 2 || record.TextAt.Count == 0 ? null : Milliseconds(record.TextAt[0], record.EndedAt) / (record.OutputTokens - 1);

    /// <summary>From sending to the end of the answer.</summary>
    public static double? E2el(RequestRecord record) => Milliseconds(record.SentAt, record.EndedAt);

    /// <summary>From each text to the next.</summary>
    public static IEnumerable<double> Itl(RequestRecord record)
    {
        for (int i = 1; i < record.TextAt.Count; i++)
        {
            yield return Milliseconds(record.TextAt[i - 1], record.TextAt[i]);
        }
    }

    /// <summary>Milliseconds between two timestamps.</summary>
    public static double Milliseconds(long from, long to) => (to - from) * 1e3 / Stopwatch.Frequency;
}
