using System.Globalization;

namespace Millrace.Cli.ServeBench;

/// <summary>What an answer must keep to count as good: most milliseconds to the first token, per token, and in all.</summary>
sealed record ServiceLevels(double? Ttft, double? Tpot, double? E2el)
{
    /// <summary>Reads limits such as <c>ttft:500 tpot:50 e2el:9000</c>.</summary>
    /// <returns>The limits, or null where there are none.</returns>
    /// <exception cref="UsageException">A text is no limit, or is there twice.</exception>
    public static ServiceLevels? Parse(IReadOnlyList<string> texts)
    {
        Dictionary<string, double> limits = [];
        foreach (string text in texts)
        {
            string[] parts = text.Split(':');
            if (parts is not ["ttft" or "tpot" or "e2el", _] || !double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double limit) || limit <= 0)
            {
                throw new UsageException($"--goodput: expected ttft:MS, tpot:MS or e2el:MS, found '{text}'");
            }

            if (!limits.TryAdd(parts[0], limit))
            {
                throw new UsageException($"--goodput: {parts[0]} is there twice");
            }
        }

        double? Of(string name) => limits.TryGetValue(name, out double limit) ? limit : null;
        return limits.Count == 0 ? null : new ServiceLevels(Of("ttft"), Of("tpot"), Of("e2el"));
    }

    /// <summary>Whether an answer keeps them.</summary>
    public bool AreKept(RequestRecord record) =>
        record.Succeeded && !(Latency.Ttft(record) > Ttft) && !(Latency.Tpot(record) > Tpot) && !(Latency.E2el(record) > E2el);
}
