using Millrace.Sampling;

namespace Millrace;

/// <summary>A generated token.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbabilities">Where they were asked for: first the token's own, then the most likely ones, most likely first.</param>
public readonly record struct TokenOutput(int Token, IReadOnlyList<TokenLogProbability>? LogProbabilities);
