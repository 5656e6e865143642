namespace Millrace.Planning.Simulation;

/// <summary>What an answer must keep to count as good, in seconds; infinite where nothing is asked.</summary>
/// <param name="Ttft">To the first token.</param>
/// <param name="Tpot">For each token after it.</param>
/// <param name="E2e">In all.</param>
public sealed record Targets(double Ttft = double.PositiveInfinity, double Tpot = double.PositiveInfinity, double E2e = double.PositiveInfinity)
{
    /// <summary>Whether an answer keeps them.</summary>
    public bool AreKept(double ttft, double tpot, double e2e) => ttft <= Ttft && tpot <= Tpot && e2e <= E2e;
}
