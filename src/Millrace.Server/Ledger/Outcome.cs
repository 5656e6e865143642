namespace Millrace.Server.Ledger;

/// <summary>How a request ended and what it used.</summary>
public sealed record Outcome
{
    /// <summary>What ended it.</summary>
    public required Ending Ending { get; init; }

    /// <summary>Prompt tokens that were computed or found in the cache: all of them once there was a first token, fewer where it ended before.</summary>
    public required long PromptTokens { get; init; }

    /// <summary>Those of <see cref="PromptTokens"/> that the prefix cache held.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens handed to the response writer, of all choices.</summary>
    public required long CompletionTokens { get; init; }

    /// <summary>What the engine spent on it.</summary>
    public Consumption Consumption { get; init; }

    /// <summary>Whether the machine measured the energy of <see cref="Consumption"/>; otherwise that is an estimate.</summary>
    public bool EnergyMeasured { get; init; }

    /// <summary>From arrival to the first forward pass, in microseconds.</summary>
    public long QueueMicroseconds { get; init; }

    /// <summary>From there to the first token, in microseconds.</summary>
    public long PrefillMicroseconds { get; init; }

    /// <summary>From there to the last token, in microseconds.</summary>
    public long DecodeMicroseconds { get; init; }

    /// <summary>Whether nothing is charged and the request may be tried again: the server failed before the first token, or died before anything was on disk of what it handed out.</summary>
    public bool IsFree => CompletionTokens == 0 && (Ending == Ending.Error || (Ending == Ending.Crashed && PromptTokens == 0));

    internal void Check(Reservation reservation)
    {
        InRange(PromptTokens, reservation.PromptTokens, nameof(PromptTokens));
        InRange(CachedTokens, PromptTokens, nameof(CachedTokens));
        InRange(CompletionTokens, reservation.OutputTokens, nameof(CompletionTokens));
        InRange(QueueMicroseconds, long.MaxValue, nameof(QueueMicroseconds));
        InRange(PrefillMicroseconds, long.MaxValue, nameof(PrefillMicroseconds));
        InRange(DecodeMicroseconds, long.MaxValue, nameof(DecodeMicroseconds));
    }

    static void InRange(long value, long most, string name)
    {
        if (value < 0 || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name}: expected from 0 to {most}, found {value}");
        }
    }
}
