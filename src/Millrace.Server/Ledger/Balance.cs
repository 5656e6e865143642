namespace Millrace.Server.Ledger;

/// <summary>What an API key has spent and what its open requests may still spend, in micro-units.</summary>
/// <param name="Spent">The sum of its records.</param>
/// <param name="Reserved">The worst price of its open requests.</param>
public readonly record struct Balance(long Spent, long Reserved);
