namespace Millrace;

/// <summary>What a generation used.</summary>
/// <param name="PromptTokens">Tokens of the prompt; of several choices the first alone counts them.</param>
/// <param name="CachedTokens">Those of them that were found computed.</param>
/// <param name="CompletionTokens">Tokens handed to the reader; a stop token is not one of them.</param>
public readonly record struct Usage(int PromptTokens, int CachedTokens, int CompletionTokens);

/// <summary>How long a generation took.</summary>
/// <param name="Queued">From submission to its first step.</param>
/// <param name="FirstToken">From submission to its first token, or to its end where it has none.</param>
/// <param name="Total">From submission to its end.</param>
public readonly record struct Timings(TimeSpan Queued, TimeSpan FirstToken, TimeSpan Total);
