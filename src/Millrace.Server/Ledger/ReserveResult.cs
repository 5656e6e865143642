namespace Millrace.Server.Ledger;

/// <summary>What became of a reservation.</summary>
public enum ReserveStatus
{
    /// <summary>It is on disk: the request may be computed.</summary>
    Reserved,

    /// <summary>The idempotency key came before with the same body: the first request stands for this one.</summary>
    Repeated,

    /// <summary>The idempotency key came before with another body.</summary>
    Conflict,
}

/// <summary>What became of a reservation.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Id">The request it is now about: its own, or the first of the same idempotency key.</param>
/// <param name="Request">The open request: its own, or the first's while that is open; else null.</param>
/// <param name="Receipt">The first's final record, if it has ended; else null.</param>
public sealed record ReserveResult(ReserveStatus Status, RequestId Id, OpenRequest? Request, Receipt? Receipt);
