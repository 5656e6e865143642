namespace Millrace.Server.Prices;

/// <summary>What a request costs, by kind of token, in micro-units of the currency.</summary>
/// <param name="Input">For prompt tokens that were computed.</param>
/// <param name="CachedInput">For prompt tokens that were found in the prefix cache.</param>
/// <param name="Output">For completion tokens.</param>
public readonly record struct Charge(long Input, long CachedInput, long Output)
{
    /// <summary>The sum of the kinds.</summary>
    /// <exception cref="OverflowException">It exceeds 2^63 - 1.</exception>
    public long Total => checked(Input + CachedInput + Output);
}
