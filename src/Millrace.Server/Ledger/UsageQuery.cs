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
