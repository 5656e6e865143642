namespace Millrace.Server.Inference;

/// <summary>Who asks.</summary>
/// <param name="Tenant">Whose prefixes, quotas and bills are touched; nobody else's are seen.</param>
/// <param name="KeyId">The public part of the API key; null where the server runs open.</param>
public sealed record Caller(string Tenant, string? KeyId)
{
    /// <summary>Everybody, where the server runs open.</summary>
    public static Caller Open { get; } = new("local", null);
}
