namespace Millrace.Server.Inference;

/// <summary>A piece of one choice's answer.</summary>
/// <param name="Choice">Which answer, from 0: those to the first prompt, then those to the second, and so on.</param>
/// <param name="Text">What is now certain: whole characters that belong to no stop string. Often empty.</param>
/// <param name="Token">The token just read; null for the text held back until the end.</param>
/// <param name="FinishReason">Why this choice ended, in its last event; null in all others.</param>
/// <param name="StopString">The stop string that ended it.</param>
/// <param name="Embedding">The vector of its prompt, in its last event, where that was asked for; else empty.</param>
public readonly record struct InferenceEvent(int Choice, string Text, TokenOutput? Token, FinishReason? FinishReason, string? StopString, ReadOnlyMemory<float> Embedding = default);
