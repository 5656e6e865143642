using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Sees the logits of a prompt's positions. Called on the engine's own thread, so it should be quick; what it throws ends the request.</summary>
/// <param name="position">Position of the token that the logits follow.</param>
/// <param name="logits">[vocabulary], as the model gave them; valid during the call.</param>
public delegate void PromptLogits(int position, ReadOnlySpan<float> logits);

/// <summary>What to generate.</summary>
public sealed record GenerationRequest
{
    /// <summary>The prompt, at least one token.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>New tokens at most; null is as many as there is room for. 0 only computes the prompt.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>How tokens are drawn.</summary>
    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>Tokens that end the answer and are no part of it; null is the model's own, empty is none.</summary>
    public IReadOnlySet<int>? StopTokens { get; init; }

    /// <summary>With each token its log-probability and those of the so many most likely ones; null is none of it.</summary>
    public int? TopLogProbabilities { get; init; }

    /// <summary>Sees the logits of the prompt from <see cref="PromptLogitsFrom"/> on.</summary>
    public PromptLogits? PromptLogits { get; init; }

    /// <summary>The first position whose logits <see cref="PromptLogits"/> sees.</summary>
    public int PromptLogitsFrom { get; init; }

    /// <summary>Whether the prompt is turned into a vector, <see cref="Generation.Embedding"/>, and nothing generated: <see cref="MaxTokens"/> is null or 0 then, and no logits can be seen.</summary>
    public bool Embed { get; init; }

    /// <summary>How soon it wants its tokens.</summary>
    public ServiceClass Class { get; init; } = ServiceClass.Standard;

    /// <summary>Within its class: higher goes first, and takes its place from lower.</summary>
    public int Priority { get; init; }

    /// <summary>Who asks: tenants that wait in one class take turns by the tokens computed for them.</summary>
    public long Tenant { get; init; }

    /// <summary>The tenant's share relative to others', from 1 to 1,000,000.</summary>
    public int TenantWeight { get; init; } = 1;

    /// <summary>The longest it may take from submission to its end: then it ends as it is, with <see cref="FinishReason.Deadline"/>.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The longest it may wait for its first step, likewise.</summary>
    public TimeSpan? QueueDeadline { get; init; }

    /// <summary>Cached prefixes are shared only between requests of equal salt. Tokens and salt are compared in full; who keeps tenants apart by it makes it from a keyed hash of whatever must not be shared.</summary>
    public long CacheSalt { get; init; }
}
