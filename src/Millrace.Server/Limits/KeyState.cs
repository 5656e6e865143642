using Millrace.Server.Keys;

namespace Millrace.Server.Limits;

/// <summary>What one key uses now.</summary>
sealed class KeyState(Func<long> now)
{
    const long LeastWait = 1_000_000;

    readonly Lock _gate = new();
    readonly HashSet<Admission> _running = [];
    TokenBucket? _requests;
    TokenBucket? _tokens;
    long _held;
    long _meanDuration;

    /// <summary>Admits a request or says why not.</summary>
    public Admission? Admit(KeyLimits limits, long tokens, long price, Func<long> spent, out LimitRefusal? refusal)
    {
        lock (_gate)
        {
            long time = now();
            Adopt(limits, time);
            refusal = null;
            if (_requests is { } requests)
            {
                Refuse(ref refusal, Limit.Requests, requests.Limit, 1, requests.Until(1));
            }

            if (_tokens is { } bucket)
            {
                Refuse(ref refusal, Limit.Tokens, bucket.Limit, tokens, bucket.Until(tokens));
            }

            if (limits.Concurrency is { } concurrency && _running.Count >= concurrency)
            {
                Refuse(ref refusal, Limit.Concurrency, concurrency, 1, UntilOneEnds(time));
            }

            if (limits.Budget is { } budget)
            {
                long settled = spent();
                long? wait = price > budget - settled ? null : price > budget - settled - _held ? UntilOneEnds(time) : 0;
                Refuse(ref refusal, Limit.Budget, budget, price, wait);
            }

            return refusal is null ? Take(tokens, price, time) : null;
        }
    }

    /// <summary>How the rates stand; null where there is no limit.</summary>
    public (LimitStatus? Requests, LimitStatus? Tokens) Status(KeyLimits limits)
    {
        lock (_gate)
        {
            Adopt(limits, now());
            return (Status(_requests), Status(_tokens));
        }
    }

    public void Release(Admission admission, long usedTokens)
    {
        lock (_gate)
        {
            _running.Remove(admission);
            _held -= admission.Price;
            if (_tokens is { } bucket && usedTokens < admission.Tokens)
            {
                bucket.Advance(now());
                bucket.GiveBack(admission.Tokens - Math.Max(0, usedTokens));
                _tokens = bucket;
            }

            long duration = now() - admission.Started;
            _meanDuration = _meanDuration == 0 ? duration : _meanDuration + (duration - _meanDuration) / 8;
        }
    }

    Admission Take(long tokens, long price, long time)
    {
        if (_requests is { } requests)
        {
            requests.Take(1);
            _requests = requests;
        }

        if (_tokens is { } bucket)
        {
            bucket.Take(tokens);
            _tokens = bucket;
        }

        _held = checked(_held + price);
        Admission admission = new(this, tokens, price, time);
        _running.Add(admission);
        return admission;
    }

    // A key's limits may have been changed: a new rate begins full.
    void Adopt(KeyLimits limits, long time)
    {
        _requests = Adopt(_requests, limits.RequestsPerMinute, time);
        _tokens = Adopt(_tokens, limits.TokensPerMinute, time);
    }

    static TokenBucket? Adopt(TokenBucket? bucket, long? limit, long time)
    {
        if (limit is not { } most)
        {
            return null;
        }

        TokenBucket adopted = bucket is { } old && old.Limit == most ? old : new TokenBucket(most, time);
        adopted.Advance(time);
        return adopted;
    }

    // The oldest running request ends when it has taken as long as requests of this key lately took.
    long UntilOneEnds(long time)
    {
        long oldest = _running.Count == 0 ? time : _running.Min(admission => admission.Started);
        return Math.Max(LeastWait, _meanDuration - (time - oldest));
    }

    static void Refuse(ref LimitRefusal? refusal, Limit limit, long most, long asked, long? wait)
    {
        if (wait == 0 || (refusal is not null && (refusal.RetryAfter is null || (wait is { } microseconds && TimeSpan.FromMicroseconds(microseconds) <= refusal.RetryAfter))))
        {
            return;
        }

        refusal = new(limit, most, asked, wait is { } time ? TimeSpan.FromMicroseconds(time) : null);
    }

    static LimitStatus? Status(TokenBucket? bucket) => bucket is { } full ? new(full.Limit, full.Remaining, TimeSpan.FromMicroseconds(full.UntilFull)) : null;
}
