using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace;

/// <summary>How often a request was in a step whose products over weights of one type ran by one path, as observed.</summary>
/// <param name="Weights">The type of the weights.</param>
/// <param name="Path">The path.</param>
/// <param name="PromptSteps">Steps that computed a piece of its prompt.</param>
/// <param name="DecodeSteps">Steps that computed tokens of its answer.</param>
public readonly record struct KernelSteps(WeightType Weights, KernelPath Path, int PromptSteps, int DecodeSteps);
