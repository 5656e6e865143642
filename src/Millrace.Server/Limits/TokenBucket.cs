namespace Millrace.Server.Limits;

/// <summary>
/// A rate limit: it holds a minute's worth and fills steadily. Counts in 1/60,000,000 of what it limits, so that each microsecond adds exactly the limit and nothing is rounded.
/// </summary>
struct TokenBucket
{
    const long MicrosecondsPerMinute = 60_000_000;

    long _level;
    long _then;

    /// <summary>A full bucket.</summary>
    /// <param name="limit">What a minute allows, at most <see cref="Keys.KeyLimits.MostPerMinute"/>.</param>
    /// <param name="now">The time in microseconds.</param>
    public TokenBucket(long limit, long now)
    {
        Limit = limit;
        _level = limit * MicrosecondsPerMinute;
        _then = now;
    }

    /// <summary>What a minute allows.</summary>
    public long Limit { get; }

    /// <summary>What can be taken now.</summary>
    public readonly long Remaining => Math.Max(0, _level / MicrosecondsPerMinute);

    /// <summary>Microseconds until it is full.</summary>
    public readonly long UntilFull => Until(Limit)!.Value;

    /// <summary>Lets time pass.</summary>
    public void Advance(long now)
    {
        long elapsed = Math.Clamp(now - _then, 0, MicrosecondsPerMinute);
        _then = Math.Max(now, _then);
        _level = Math.Min(_level + elapsed * Limit, Limit * MicrosecondsPerMinute);
    }

    /// <summary>Microseconds until so many can be taken: 0 where they can be now; null where they never can.</summary>
    public readonly long? Until(long count)
    {
        if (count > Limit)
        {
            return null;
        }

        long missing = count * MicrosecondsPerMinute - _level;
        return missing <= 0 ? 0 : (missing + Limit - 1) / Limit;
    }

    /// <summary>Takes some.</summary>
    public void Take(long count) => _level -= count * MicrosecondsPerMinute;

    /// <summary>Gives some back.</summary>
    public void GiveBack(long count) => _level = Math.Min(_level + Math.Min(count, Limit) * MicrosecondsPerMinute, Limit * MicrosecondsPerMinute);
}
