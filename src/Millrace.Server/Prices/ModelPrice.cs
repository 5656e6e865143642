namespace Millrace.Server.Prices;

/// <summary>The price of a model's tokens, in micro-units of the currency (1e-6) for a million tokens.</summary>
/// <param name="Input">A million prompt tokens that are computed.</param>
/// <param name="CachedInput">A million prompt tokens that the prefix cache holds.</param>
/// <param name="Output">A million completion tokens.</param>
public readonly record struct ModelPrice(long Input, long CachedInput, long Output)
{
    /// <summary>The highest price that is accepted: a unit of the currency for each token. With it, the charges of a thousand requests of 2^31 tokens of each kind still fit in 63 bits.</summary>
    public const long Most = 1_000_000_000_000;

    const long Million = 1_000_000;

    /// <summary>
    /// The charge for tokens. The total is rounded once, to the nearest micro-unit and from the middle to the even one;
    /// the kinds are the steps between the rounded running sums (input, then cached input, then output), so that they add up to it.
    /// </summary>
    /// <param name="input">Prompt tokens that were computed.</param>
    /// <param name="cachedInput">Prompt tokens from the cache.</param>
    /// <param name="output">Completion tokens.</param>
    /// <exception cref="OverflowException">The charge exceeds 2^63 - 1 micro-units.</exception>
    public Charge Of(long input, long cachedInput, long output)
    {
        Int128 exactInput = (Int128)input * Input;
        Int128 exactPrompt = exactInput + (Int128)cachedInput * CachedInput;
        Int128 exact = exactPrompt + (Int128)output * Output;
        long first = Round(exactInput);
        long second = Round(exactPrompt);
        return new(first, second - first, Round(exact) - second);
    }

    /// <summary>The most that a prompt and an answer of so many tokens can cost, whatever the cache holds.</summary>
    /// <exception cref="OverflowException">It exceeds 2^63 - 1 micro-units.</exception>
    public long Worst(long promptTokens, long outputTokens) => new ModelPrice(Math.Max(Input, CachedInput), 0, Output).Of(promptTokens, 0, outputTokens).Total;

    static long Round(Int128 exact)
    {
        (Int128 whole, Int128 rest) = Int128.DivRem(exact, Million);
        Int128 twice = rest * 2;
        return checked((long)(twice > Million || (twice == Million && Int128.IsOddInteger(whole)) ? whole + 1 : whole));
    }
}
