using Millrace.Devices;

namespace Millrace;

/// <summary>Keeps the average power of a loop below a limit by pauses between its steps: what was drawn above the limit is waited off.</summary>
/// <param name="meter">Measures the energy; read on the loop's thread.</param>
/// <param name="watts">The limit.</param>
/// <param name="clock">The clock.</param>
sealed class PowerCap(EnergyMeter meter, int watts, TimeProvider clock)
{
    // Long enough to reach any sensible limit, short enough that a new request does not wait for a debt of minutes.
    const long LongestPause = 1_000_000;

    long _energy = meter.Read();
    long _time = clock.GetTimestamp();
    long _debt; // microjoules above the limit

    /// <summary>Waits off what the steps so far drew above the limit.</summary>
    public void Wait()
    {
        if (Pause() is > 0 and var pause)
        {
            Thread.Sleep(TimeSpan.FromMicroseconds(pause));
        }
    }

    /// <summary>How long to wait after a step, in microseconds. 1 W is 1 microjoule a microsecond.</summary>
    public long Pause()
    {
        long energy = meter.Read();
        long time = clock.GetTimestamp();
        _debt = Math.Max(0, _debt + energy - _energy - (long)(clock.GetElapsedTime(_time, time).TotalMicroseconds * watts));
        (_energy, _time) = (energy, time);
        return Math.Min(LongestPause, _debt / watts);
    }
}
