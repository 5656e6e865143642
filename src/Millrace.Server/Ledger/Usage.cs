using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>What records are added up by.</summary>
public enum UsageGrouping
{
    /// <summary>Nothing: one sum of all.</summary>
    None,

    /// <summary>The public part of the key; empty where the server ran open.</summary>
    Key,

    /// <summary>The tenant.</summary>
    Tenant,

    /// <summary>The model.</summary>
    Model,

    /// <summary>The day in UTC, as 2026-11-24.</summary>
    Day,

    /// <summary>The service class.</summary>
    Class,
}

/// <summary>Which records are added up.</summary>
public sealed record UsageQuery
{
    /// <summary>By what.</summary>
    public UsageGrouping By { get; init; }

    /// <summary>Written at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Written before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Of this tenant only.</summary>
    public string? Tenant { get; init; }

    /// <summary>Of this key only.</summary>
    public string? Key { get; init; }
}

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
