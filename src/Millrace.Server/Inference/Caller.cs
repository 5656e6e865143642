using Millrace.Scheduling;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>Who asks.</summary>
/// <param name="Tenant">Whose prefixes, quotas and bills are touched; nobody else's are seen.</param>
/// <param name="Key">The API key; null where the server runs open.</param>
public sealed record Caller(string Tenant, ApiKey? Key)
{
    /// <summary>Everybody, where the server runs open.</summary>
    public static Caller Open { get; } = new("local", null);

    /// <summary>The public part of the API key; null where the server runs open.</summary>
    public string? KeyId => Key?.Id;

    /// <summary>What it may do.</summary>
    public KeyScopes Scopes => Key?.Scopes ?? KeyScopes.Inference | KeyScopes.Admin | KeyScopes.Metrics;

    /// <summary>The name that the client gave this request; sent again with it, it means the same request.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>How long this request may take, from its submission to its end; null is as long as it needs.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Cuts the connection that the request came by; null where there is none.</summary>
    public Action? Disconnect { get; init; }

    /// <summary>The class that a request gets: the one it names, but never a sooner one than its key's; else its key's.</summary>
    public ServiceClass ClassOf(ServiceClass? asked) =>
        asked is not { } wanted ? Key?.Class ?? ServiceClass.Standard
        : Key is { } key && wanted > key.Class ? key.Class
        : wanted;
}
