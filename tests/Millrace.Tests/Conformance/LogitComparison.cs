namespace Millrace.Tests.Conformance;

/// <summary>How far two runs of the same prompt are apart: |Δ log-probability| of the first run's ten most likely tokens at each position.</summary>
sealed class LogitComparison
{
    const int Top = 10;

    readonly double[] _sorted;

    /// <summary>Compares logits position by position; <paramref name="peer"/> names the ten.</summary>
    public LogitComparison(IReadOnlyList<float[]> peer, IReadOnlyList<float[]> other)
    {
        List<double> differences = [];
        for (int position = 0; position < peer.Count; position++)
        {
            double peerSum = LogSum(peer[position]);
            double otherSum = LogSum(other[position]);
            foreach (int token in Best(peer[position], Top))
            {
                differences.Add(Math.Abs(peer[position][token] - peerSum - (other[position][token] - otherSum)));
            }
        }

        _sorted = [.. differences.Order()];
        Mean = _sorted.Average();
    }

    public double Mean { get; }

    public double Median => _sorted[_sorted.Length / 2];

    public double Worst => _sorted[^1];

    public override string ToString() => $"median {Median:f5}, mean {Mean:f5}, worst {Worst:f4}";

    /// <summary>How much likelier the best token of a row is than the second, in log-probability.</summary>
    public static double Lead(float[] logits) => Best(logits, 2) is [int first, int second] ? logits[first] - logits[second] : double.PositiveInfinity;

    static int[] Best(float[] logits, int count)
    {
        int[] ids = [.. Enumerable.Range(0, logits.Length)];
        Array.Sort(ids, (a, b) => logits[b].CompareTo(logits[a]));
        return ids[..count];
    }

    static double LogSum(float[] logits)
    {
        double max = logits.Max();
        return max + Math.Log(logits.Sum(logit => Math.Exp(logit - max)));
    }
}
