namespace Millrace.Cli.ServeBench;

/// <summary>A piece of a prompt: the same seed and length always make the same text, which is what prefix caches are tested with.</summary>
/// <param name="Seed">Which text.</param>
/// <param name="Tokens">Its length in tokens.</param>
readonly record struct PromptPart(ulong Seed, int Tokens);

/// <summary>A request that a load will send.</summary>
/// <param name="Parts">Its prompt, piece by piece.</param>
/// <param name="OutputTokens">Most tokens of its answer.</param>
/// <param name="Arrival">Seconds after the start at which it is sent; null for the load to choose.</param>
sealed record PlannedRequest(PromptPart[] Parts, int OutputTokens, double? Arrival = null)
{
    /// <summary>Tokens of the prompt.</summary>
    public int InputTokens => Parts.Sum(part => part.Tokens);
}
