using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>A sum of records.</summary>
public sealed record UsageRow
{
    /// <summary>What these records have in common; empty for all.</summary>
    public required string Group { get; init; }

    /// <summary>Requests.</summary>
    public required long Requests { get; init; }

    /// <summary>Those of them that a crash ended.</summary>
    public required long Recovered { get; init; }

    /// <summary>Prompt tokens, cached ones included.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Prompt tokens that the prefix cache held.</summary>
    public required long CachedTokens { get; init; }

    /// <summary>Completion tokens.</summary>
    public required long CompletionTokens { get; init; }

    /// <summary>What they cost, corrections included, in micro-units.</summary>
    public required Charge Charge { get; init; }

    /// <summary>What the engine spent on them, but for <see cref="Flops"/>.</summary>
    public required Consumption Consumption { get; init; }

    /// <summary>Operations: a server's life may hold more than 2^63, so they are not in <see cref="Consumption"/>'s number.</summary>
    public required Int128 Flops { get; init; }

    /// <summary>Time of decoding, in microseconds, of all requests.</summary>
    public required long DecodeMicroseconds { get; init; }
}
