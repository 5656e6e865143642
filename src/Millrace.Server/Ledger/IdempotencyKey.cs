namespace Millrace.Server.Ledger;

/// <summary>A client's name for a request, within its tenant: sent again with the same body it means the same request.</summary>
/// <param name="Value">The name.</param>
/// <param name="BodyHash">A hash of the request's body.</param>
public sealed record IdempotencyKey(string Value, string BodyHash);
