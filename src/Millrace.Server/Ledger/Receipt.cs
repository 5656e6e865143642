using Millrace.Scheduling;
using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>A record of the ledger: what a request used and cost, or a later correction of its price.</summary>
public sealed record Receipt
{
    /// <summary>Its place in the ledger, from 1 without gaps.</summary>
    public required long Sequence { get; init; }

    /// <summary>The request.</summary>
    public required RequestId Id { get; init; }

    /// <summary>Why its price was corrected; null in the one final record of a request.</summary>
    public string? Correction { get; init; }

    /// <summary>When it was written, in microseconds of UTC since 1970: for people, never for order.</summary>
    public required long WrittenAt { get; init; }

    /// <summary>Whose bill it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The public part of the API key; null where the server ran open.</summary>
    public required string? Key { get; init; }

    /// <summary>What answered.</summary>
    public required string Model { get; init; }

    /// <summary>The service class.</summary>
    public required ServiceClass Class { get; init; }

    /// <summary>How it ended and what it used. All zero in a correction.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>What it cost by kind of token, in micro-units of the currency; in a correction, the difference, all of it in <see cref="Prices.Charge.Output"/>.</summary>
    public required Charge Charge { get; init; }

    /// <summary>The price list that says so.</summary>
    public required string PriceVersion { get; init; }

    /// <summary>Whether it was settled at a start, after a crash, from the last mark on disk.</summary>
    public bool Recovered => Outcome.Ending == Ending.Crashed;
}
