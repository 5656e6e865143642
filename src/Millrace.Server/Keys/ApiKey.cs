using Millrace.Scheduling;

namespace Millrace.Server.Keys;

/// <summary>An API key, without its secret.</summary>
public sealed record ApiKey
{
    /// <summary>Its public part, which logs and bills name.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, for people; no two live keys have the same.</summary>
    public required string Name { get; init; }

    /// <summary>Who pays, and shares prefixes.</summary>
    public required string Tenant { get; init; }

    /// <summary>What it opens.</summary>
    public KeyScopes Scopes { get; init; } = KeyScopes.Inference;

    /// <summary>The class of requests that name none.</summary>
    public ServiceClass Class { get; init; } = ServiceClass.Standard;

    /// <summary>What it may use.</summary>
    public KeyLimits Limits { get; init; } = KeyLimits.None;

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it was revoked; null while it is live.</summary>
    public DateTimeOffset? Revoked { get; init; }
}
