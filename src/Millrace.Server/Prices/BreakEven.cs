namespace Millrace.Server.Prices;

/// <summary>The price at which tokens pay for the machine.</summary>
public static class BreakEven
{
    const long MicrosecondsPerHour = 3_600_000_000;
    const long Million = 1_000_000;

    /// <summary>The least price of a million tokens, in micro-units of the currency, at which what was made covers the machine; null where nothing was made. Rounded up.</summary>
    /// <param name="machinePricePerHour">What the machine costs in an hour, in micro-units.</param>
    /// <param name="tokens">Tokens made.</param>
    /// <param name="microseconds">Time of the machine that they took.</param>
    /// <exception cref="OverflowException">The price exceeds 2^63 - 1.</exception>
    public static long? PerMillionTokens(long machinePricePerHour, long tokens, Int128 microseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(machinePricePerHour);
        ArgumentOutOfRangeException.ThrowIfNegative(microseconds);
        if (tokens <= 0)
        {
            return null;
        }

        Int128 divisor = (Int128)MicrosecondsPerHour * tokens;
        Int128 dividend = checked((Int128)machinePricePerHour * microseconds * Million);
        return checked((long)((dividend + divisor - 1) / divisor));
    }
}
