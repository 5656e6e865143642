using Millrace.Scheduling;
using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>What a request may use at most, written down before anything is computed for it.</summary>
public sealed record Reservation
{
    /// <summary>Tokens of a kind that one request may have at most.</summary>
    public const long MostTokens = int.MaxValue;

    /// <summary>The longest name of a tenant, key, model or price list, in characters.</summary>
    public const int LongestName = 1024;

    /// <summary>The request.</summary>
    public required RequestId Id { get; init; }

    /// <summary>Whose bill it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The public part of the API key; null where the server runs open.</summary>
    public string? Key { get; init; }

    /// <summary>What answers.</summary>
    public required string Model { get; init; }

    /// <summary>Its service class.</summary>
    public required ServiceClass Class { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>New tokens at most, of all choices together.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>What its tokens cost.</summary>
    public required ModelPrice Price { get; init; }

    /// <summary>The price list that says so.</summary>
    public required string PriceVersion { get; init; }

    /// <summary>The client's own name for the request, if it gave one.</summary>
    public IdempotencyKey? Idempotency { get; init; }

    /// <summary>The most it can cost, in micro-units.</summary>
    public long WorstPrice => Price.Worst(PromptTokens, OutputTokens);

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(PromptTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(OutputTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PromptTokens, MostTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(OutputTokens, MostTokens);
        foreach (string? name in new[] { Tenant, Key, Model, PriceVersion, Idempotency?.Value, Idempotency?.BodyHash })
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(name?.Length ?? 0, LongestName);
        }

        _ = WorstPrice;
    }
}
