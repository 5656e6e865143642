namespace Millrace.Server.Keys;

/// <summary>What a key may use at most; null is no limit.</summary>
public sealed record KeyLimits
{
    /// <summary>The highest number of requests or tokens in a minute that can be set.</summary>
    public const long MostPerMinute = 1_000_000_000;

    /// <summary>No limits.</summary>
    public static KeyLimits None { get; } = new();

    /// <summary>Requests in a minute.</summary>
    public long? RequestsPerMinute { get; init; }

    /// <summary>Tokens in a minute, of prompts and answers.</summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>Requests at a time.</summary>
    public long? Concurrency { get; init; }

    /// <summary>Money in the key's whole life, in micro-units of the currency.</summary>
    public long? Budget { get; init; }

    internal void Check()
    {
        InRange(RequestsPerMinute, 1, MostPerMinute, nameof(RequestsPerMinute));
        InRange(TokensPerMinute, 1, MostPerMinute, nameof(TokensPerMinute));
        InRange(Concurrency, 1, MostPerMinute, nameof(Concurrency));
        InRange(Budget, 0, long.MaxValue, nameof(Budget));
    }

    static void InRange(long? value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name}: expected from {least} to {most}, found {value}");
        }
    }
}
