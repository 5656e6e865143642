using Millrace.Server.Inference;
using Millrace.Server.Keys;
using static Millrace.Tests.Server.Inference.PipelineBench;
using PipelineBench = Millrace.Tests.Server.Inference.PipelineBench;
using Run = Millrace.Tests.Server.Inference.Run;

namespace Millrace.Tests.Server.Faults;

/// <summary>Wall clocks that jump change no duration, no limit and no order.</summary>
public sealed class ClockTests
{
    [Theory, Trait("Probe", "98")]
    [InlineData(-1)]
    [InlineData(24)]
    [InlineData(24 * 365)]
    public async Task A_wall_clock_that_jumps_changes_only_what_is_shown(int hours)
    {
        JumpingClock clock = new();
        FakeDevice device = new();
        device.BeforeStep = (step, _) =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            clock.Jump(step % 2 == 0 ? TimeSpan.FromHours(hours) : TimeSpan.FromHours(-hours));
        };
        await using PipelineBench bench = new(device, clock);
        Caller caller = bench.NewCaller(limits: new KeyLimits { RequestsPerMinute = 3 });
        for (int i = 0; i < 3; i++)
        {
            Run run = await bench.RunAsync(Ask(Tokens(i, 5), 10), caller);
            Assert.Equal((0, 10_000, 90_000), (run.Receipt.Outcome.QueueMicroseconds, run.Receipt.Outcome.PrefillMicroseconds, run.Receipt.Outcome.DecodeMicroseconds));
            Assert.Equal(i + 1, run.Receipt.Sequence);
        }

        clock.Jump(TimeSpan.FromHours(hours));
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask([1], 1), caller));
        Assert.Equal(Refusal.RateLimited, refusal.Refusal);
        Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, 19, 20);
        clock.Advance(refusal.RetryAfter.Value);
        await bench.RunAsync(Ask([1], 1), caller);
    }

    /// <summary>A monotonic clock that tests move, and a wall clock that they move differently.</summary>
    sealed class JumpingClock : TimeProvider
    {
        long _ticks = 1;
        long _wall = new DateTime(2026, 11, 24, 0, 0, 0, DateTimeKind.Utc).Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time)
        {
            Interlocked.Add(ref _ticks, time.Ticks);
            Jump(time);
        }

        public void Jump(TimeSpan time) => Interlocked.Add(ref _wall, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _wall), TimeSpan.Zero);
    }
}
