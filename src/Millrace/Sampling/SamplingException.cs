namespace Millrace.Sampling;

/// <summary>No token can be sampled for a sequence: its logits are not numbers, or every token is banned.</summary>
public sealed class SamplingException(string message) : Exception(message);
