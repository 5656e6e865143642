using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Millrace.Server.Keys;
using Millrace.Server.Limits;

namespace Millrace.Tests.Server.Limits;

public class KeyLimiterTests
{
    readonly FakeTimeProvider _clock = new();
    long _spent;

    KeyLimiter Limiter() => new(_clock, _ => Interlocked.Read(ref _spent));

    static ApiKey Key(KeyLimits limits) => new() { Id = "id", Name = "name", Tenant = "tenant", Created = DateTimeOffset.UnixEpoch, Limits = limits };

    [Fact]
    public void A_key_without_limits_is_never_refused()
    {
        KeyLimiter limiter = Limiter();
        for (int i = 0; i < 10_000; i++)
        {
            Assert.NotNull(limiter.Admit(Key(KeyLimits.None), 1_000_000, 1_000_000, out _));
        }

        Assert.Equal((null, null), limiter.Status(Key(KeyLimits.None)));
    }

    [Fact]
    public void Requests_of_a_minute_may_come_at_once_and_then_steadily()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { RequestsPerMinute = 6 });
        for (int i = 0; i < 6; i++)
        {
            Assert.NotNull(limiter.Admit(key, 1, 0, out _));
        }

        Assert.Null(limiter.Admit(key, 1, 0, out LimitRefusal? refusal));
        Assert.Equal(new LimitRefusal(Limit.Requests, 6, 1, TimeSpan.FromSeconds(10)), refusal);
        Assert.Equal(new LimitStatus(6, 0, TimeSpan.FromSeconds(60)), limiter.Status(key).Requests);
        _clock.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(new LimitStatus(6, 2, TimeSpan.FromSeconds(35)), limiter.Status(key).Requests);
    }

    [Fact]
    public void The_time_to_retry_is_true_to_the_microsecond()
    {
        Gen.Select(Gen.Long[1, 100_000], Gen.Long[1, 1_000], Gen.Long[0, 60_000_000]).Sample((limit, tokens, elapsed) =>
        {
            FakeTimeProvider clock = new();
            KeyLimiter limiter = new(clock, _ => 0);
            ApiKey key = Key(new() { TokensPerMinute = limit });
            if (tokens > limit)
            {
                return limiter.Admit(key, tokens, 0, out LimitRefusal? never) is null && never!.RetryAfter is null;
            }

            while (limiter.Admit(key, tokens, 0, out _) is not null)
            {
                clock.Advance(TimeSpan.FromMicroseconds(elapsed % 7));
                tokens = Math.Min(tokens * 2, limit);
            }

            limiter.Admit(key, tokens, 0, out LimitRefusal? refusal);
            TimeSpan wait = refusal!.RetryAfter!.Value;
            clock.Advance(wait - TimeSpan.FromMicroseconds(1));
            bool tooEarly = limiter.Admit(key, tokens, 0, out _) is null;
            clock.Advance(TimeSpan.FromMicroseconds(1));
            return tooEarly && limiter.Admit(key, tokens, 0, out _) is not null;
        }, iter: 500);
    }

    [Fact]
    public void Tokens_that_were_not_used_come_back()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { TokensPerMinute = 1000 });
        Admission admission = limiter.Admit(key, 900, 0, out _)!;
        Assert.Null(limiter.Admit(key, 200, 0, out _));
        admission.Release(usedTokens: 300);
        admission.Release(usedTokens: 0);
        Assert.Equal(700, limiter.Status(key).Tokens!.Value.Remaining);
        Assert.NotNull(limiter.Admit(key, 700, 0, out _));
    }

    [Fact]
    public void A_refused_request_takes_nothing()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { RequestsPerMinute = 10, TokensPerMinute = 100 });
        Assert.Null(limiter.Admit(key, 101, 0, out LimitRefusal? refusal));
        Assert.Equal((Limit.Tokens, null), (refusal!.Limit, refusal.RetryAfter));
        Assert.Equal((10L, 100L), (limiter.Status(key).Requests!.Value.Remaining, limiter.Status(key).Tokens!.Value.Remaining));
    }

    [Fact]
    public void So_many_requests_run_at_a_time_and_the_wait_is_as_long_as_they_lately_took()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { Concurrency = 2 });
        Admission first = limiter.Admit(key, 1, 0, out _)!;
        _clock.Advance(TimeSpan.FromSeconds(10));
        first.Release(1);
        limiter.Admit(key, 1, 0, out _);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Admission third = limiter.Admit(key, 1, 0, out _)!;
        Assert.Null(limiter.Admit(key, 1, 0, out LimitRefusal? refusal));
        Assert.Equal(new LimitRefusal(Limit.Concurrency, 2, 1, TimeSpan.FromSeconds(7)), refusal);
        third.Release(1);
        Assert.NotNull(limiter.Admit(key, 1, 0, out _));
    }

    [Fact]
    public async Task A_hundred_at_once_at_the_edge_of_the_budget_do_not_pass_it()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { Budget = 1_050 });
        _spent = 50;
        Admission?[] admitted = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => limiter.Admit(key, 1, 100, out LimitRefusal? _))));
        Assert.Equal(10, admitted.Count(admission => admission is not null));
        foreach (Admission? admission in admitted)
        {
            // Each costs 60 of its 100: the price is counted before the rest is free.
            if (admission is not null)
            {
                Interlocked.Add(ref _spent, 60);
                admission.Release(1);
            }
        }

        Assert.Equal(650, _spent);
        Assert.Equal(4, Enumerable.Range(0, 100).Count(_ => limiter.Admit(key, 1, 100, out LimitRefusal? _) is not null));
    }

    [Fact]
    public void A_spent_budget_names_no_time_to_retry_and_one_that_is_held_does()
    {
        KeyLimiter limiter = Limiter();
        ApiKey key = Key(new() { Budget = 100 });
        limiter.Admit(key, 1, 80, out _);
        Assert.Null(limiter.Admit(key, 1, 30, out LimitRefusal? held));
        Assert.NotNull(held!.RetryAfter);
        _spent = 80;
        Assert.Null(limiter.Admit(key, 1, 30, out LimitRefusal? spent));
        Assert.Equal(new LimitRefusal(Limit.Budget, 100, 30, null), spent);
    }

    [Fact]
    public void The_wall_clock_may_jump()
    {
        JumpingClock clock = new();
        KeyLimiter limiter = new(clock, _ => 0);
        ApiKey key = Key(new() { RequestsPerMinute = 1 });
        Assert.NotNull(limiter.Admit(key, 1, 0, out _));
        clock.Wall = DateTimeOffset.UnixEpoch.AddDays(1);
        Assert.Null(limiter.Admit(key, 1, 0, out _));
        clock.Wall = DateTimeOffset.UnixEpoch.AddDays(-1);
        clock.Seconds = 60;
        Assert.NotNull(limiter.Admit(key, 1, 0, out _));
    }

    sealed class JumpingClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
