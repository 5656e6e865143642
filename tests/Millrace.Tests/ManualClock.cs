namespace Millrace.Tests;

/// <summary>A clock that stands still until it is advanced.</summary>
sealed class ManualClock : TimeProvider
{
    long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan time) => Interlocked.Add(ref _now, time.Ticks);

    public override long GetTimestamp() => Interlocked.Read(ref _now);
}
