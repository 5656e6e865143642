using System.Buffers;
using System.Globalization;

namespace Millrace.Server.Models;

/// <summary>How long a model stays after its last request, as Ollama's users write it.</summary>
public static class KeepAlive
{
    const double MostSeconds = long.MaxValue / 1e9; // Go counts nanoseconds

    static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    // The units of Go's time.ParseDuration, in nanoseconds.
    static readonly Dictionary<string, double> Units = new()
    {
        ["ns"] = 1,
        ["us"] = 1e3,
        ["µs"] = 1e3,
        ["ms"] = 1e6,
        ["s"] = 1e9,
        ["m"] = 60e9,
        ["h"] = 3600e9,
    };

    /// <summary>Reads a duration: <c>10m</c>, <c>1h30m</c>, <c>1.5s</c>, or a number of seconds; what is negative is for ever.</summary>
    public static bool TryParse(string text, out TimeSpan keepAlive)
    {
        keepAlive = default;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds))
        {
            return TryFromSeconds(seconds, out keepAlive);
        }

        ReadOnlySpan<char> rest = text.AsSpan();
        bool negative = rest.StartsWith("-");
        rest = rest.TrimStart("+-");
        double nanoseconds = 0;
        if (rest.IsEmpty || text.Length - rest.Length > 1)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            int number = rest.IndexOfAnyExcept(Digits);
            if (number <= 0)
            {
                return false;
            }

            int unit = rest[number..].IndexOfAny(Digits);
            unit = unit < 0 ? rest.Length - number : unit;
            if (!double.TryParse(rest[..number], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                || !Units.TryGetValue(rest.Slice(number, unit).ToString(), out double length))
            {
                return false;
            }

            nanoseconds += count * length;
            rest = rest[(number + unit)..];
        }

        return TryFromSeconds(negative ? -nanoseconds / 1e9 : nanoseconds / 1e9, out keepAlive);
    }

    /// <summary>Reads a number of seconds; a negative one is for ever.</summary>
    public static bool TryFromSeconds(double seconds, out TimeSpan keepAlive)
    {
        keepAlive = seconds < 0 || seconds >= MostSeconds ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(double.IsNaN(seconds) ? 0 : seconds);
        return !double.IsNaN(seconds);
    }
}
