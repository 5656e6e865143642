namespace Millrace.Benchmarks.Peers;

/// <summary>What was measured of a row.</summary>
/// <param name="Row">Its name.</param>
/// <param name="Ours">Tokens per second of each turn.</param>
/// <param name="Theirs">The peer's.</param>
/// <param name="Target">What it had to reach, in words; null for nothing.</param>
/// <param name="Met">Whether it did.</param>
/// <param name="BytesOfStep">Bytes of weights, keys and values that a step reads; 0 for a prompt, which waits for other things.</param>
/// <param name="ReadBefore">Bytes per second that plain loops read before the first turn.</param>
/// <param name="ReadAfter">After the last.</param>
/// <param name="Share">Ours of what plain loops read: the median of the turns, each with the better of the loops before and after it.</param>
/// <param name="PeerShare">The peer's.</param>
/// <param name="Settings">The peer's settings.</param>
/// <param name="Threads">Threads of each.</param>
/// <param name="Peer">The peer's version and back end.</param>
/// <param name="Version">Millrace's commit.</param>
/// <param name="Date">The day.</param>
/// <param name="Reads">Bytes per second that plain loops read before the first turn and after each; null where that was not measured.</param>
sealed record PeerResult(
    string Row, double[] Ours, double[] Theirs, string? Target, bool Met, double BytesOfStep, double ReadBefore, double ReadAfter, double Share, double PeerShare,
    string Settings, int Threads, string Peer, string Version, string Date, double[]? Reads = null)
{
    /// <summary>Ours to theirs, of medians.</summary>
    public double Ratio => Median(Ours) / Median(Theirs);

    /// <summary>The middle one.</summary>
    public static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
