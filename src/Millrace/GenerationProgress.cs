namespace Millrace;

/// <summary>How far a generation has come, at some moment.</summary>
/// <param name="Started">Whether a step has worked on it.</param>
/// <param name="PromptTokens">Tokens of its prompt that are computed or were found so.</param>
/// <param name="CompletionTokens">Tokens generated so far.</param>
public readonly record struct GenerationProgress(bool Started, int PromptTokens, int CompletionTokens);
