using System.Collections.Concurrent;
using Millrace.Server.Keys;

namespace Millrace.Server.Limits;

/// <summary>Holds keys to their limits. Time is monotonic: wall clocks that jump change nothing.</summary>
public sealed class KeyLimiter
{
    readonly ConcurrentDictionary<string, KeyState> _states = new(StringComparer.Ordinal);
    readonly TimeProvider _clock;
    readonly Func<string, long> _spent;
    readonly long _start;

    /// <summary>Creates a limiter.</summary>
    /// <param name="clock">Its monotonic part is used.</param>
    /// <param name="spent">What a key has spent by the ledger, in micro-units.</param>
    public KeyLimiter(TimeProvider clock, Func<string, long> spent)
    {
        _clock = clock;
        _spent = spent;
        _start = clock.GetTimestamp();
    }

    /// <summary>Admits a request, which takes from all limits of its key at once, or from none.</summary>
    /// <param name="key">Whose request it is.</param>
    /// <param name="tokens">Tokens of its prompt and of its answers at most.</param>
    /// <param name="worstPrice">What it costs at most, in micro-units.</param>
    /// <param name="refusal">Why it may not run; null where it may.</param>
    /// <returns>What must be released when the request has ended; null where it may not run.</returns>
    public Admission? Admit(ApiKey key, long tokens, long worstPrice, out LimitRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(worstPrice);
        return Of(key).Admit(key.Limits, tokens, worstPrice, () => _spent(key.Id), out refusal);
    }

    /// <summary>How a key's rates stand; null where it has no such limit.</summary>
    public (LimitStatus? Requests, LimitStatus? Tokens) Status(ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Of(key).Status(key.Limits);
    }

    KeyState Of(ApiKey key) => _states.GetOrAdd(key.Id, static (_, limiter) => new KeyState(limiter.Now), this);

    long Now() => _clock.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond;
}
