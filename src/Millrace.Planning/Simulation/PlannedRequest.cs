using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>A piece of a prompt: the same seed and length always make the same text, which is what prefix caches are tested with.</summary>
/// <param name="Seed">Which text.</param>
/// <param name="Tokens">Its length in tokens.</param>
public readonly record struct PromptPart(ulong Seed, int Tokens);

/// <summary>A request that a load will send.</summary>
/// <param name="Parts">Its prompt, piece by piece.</param>
/// <param name="OutputTokens">Most tokens of its answer.</param>
/// <param name="Arrival">Seconds after the start at which it is sent; null for the load to choose.</param>
public sealed record PlannedRequest(PromptPart[] Parts, int OutputTokens, double? Arrival = null)
{
    /// <summary>Tokens of the prompt.</summary>
    public int InputTokens
    {
        get
        {
            int tokens = 0;
            foreach (PromptPart part in Parts)
            {
                tokens += part.Tokens;
            }

            return tokens;
        }
    }

    /// <summary>How soon its tokens are wanted.</summary>
    public ServiceClass Class { get; init; } = ServiceClass.Standard;

    /// <summary>Who asks.</summary>
    public long Tenant { get; init; }

    /// <summary>The conversation it is part of; by default the beginning of its prompt stands for it.</summary>
    public ulong? Session { get; init; }
}
