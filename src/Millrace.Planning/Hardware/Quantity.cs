using System.Globalization;

namespace Millrace.Planning.Hardware;

/// <summary>Numbers with units, as people type them: <c>6TB/s</c>, <c>80GiB</c>, <c>10us</c>, <c>2PFLOPS</c>, <c>700W</c>, <c>$1.69</c>, <c>6e12</c>.</summary>
static class Quantity
{
    // Longest first, so that TiB is not read as B. Decimal prefixes of everything that is counted; binary ones of bytes alone.
    static readonly (string Suffix, double Factor)[] Units =
    [
        ("tflops", 1e12), ("pflops", 1e15), ("gflops", 1e9), ("tops", 1e12), ("pops", 1e15), ("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40), ("pib", 1L << 50),
        ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("pb", 1e15), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("kw", 1e3), ("w", 1), ("s", 1), ("b", 1), ("k", 1e3), ("m", 1e6), ("g", 1e9), ("t", 1e12), ("p", 1e15), ("", 1),
    ];

    /// <summary>Reads a number above zero.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, out double value)
    {
        string plain = text.Trim().TrimStart('$').ToLowerInvariant();
        foreach (string tail in (ReadOnlySpan<string>)["/s", "/h", "/hour"])
        {
            plain = plain.EndsWith(tail, StringComparison.Ordinal) ? plain[..^tail.Length] : plain;
        }

        (string suffix, double factor) = Units.First(unit => plain.EndsWith(unit.Suffix, StringComparison.Ordinal));
        bool isNumber = double.TryParse(plain[..^suffix.Length].TrimEnd(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
        value *= factor;
        return isNumber && double.IsFinite(value) && value > 0;
    }
}
