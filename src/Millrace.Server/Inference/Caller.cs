using Millrace.Server.Keys;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>Who asks.</summary>
/// <param name="Tenant">Whose prefixes, quotas and bills are touched; nobody else's are seen.</param>
/// <param name="KeyId">The public part of the API key; null where the server runs open.</param>
public sealed record Caller(string Tenant, string? KeyId)
{
    /// <summary>Everybody, where the server runs open.</summary>
    public static Caller Open { get; } = new("local", null);

    /// <summary>The class of requests that name none, and the soonest that others get.</summary>
    public ServiceClass Class { get; init; } = ServiceClass.Standard;

    /// <summary>The name that the client gave this request; sent again with it, it means the same request.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>Cuts the connection that the request came by; null where there is none.</summary>
    public Action? Disconnect { get; init; }
}
