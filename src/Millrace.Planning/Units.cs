using System.Globalization;

namespace Millrace.Planning;

/// <summary>Figures as people read them: three digits that count, and the unit that makes them so.</summary>
public static class Units
{
    /// <summary>A time: 8.40 ms, 1.2 s, 3 min.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 0 => "-" + Time(-seconds),
        >= 3600 => Digits(seconds / 3600) + " h",
        >= 120 => Digits(seconds / 60) + " min",
        >= 1 => Digits(seconds) + " s",
        >= 1e-3 => Digits(seconds * 1e3) + " ms",
        _ => Digits(seconds * 1e6) + " µs",
    };

    /// <summary>Bytes: 1 GB is 10^9.</summary>
    public static string Bytes(double bytes) => Scaled(bytes, "B");

    /// <summary>A count: 1.2 k, 70.6 G.</summary>
    public static string Count(double count) => Scaled(count, "").TrimEnd();

    /// <summary>A count with a unit behind its prefix: 989 TFLOP/s.</summary>
    public static string Scaled(double value, string unit) => Math.Abs(value) switch
    {
        >= 1e15 => Digits(value / 1e15) + " P" + unit,
        >= 1e12 => Digits(value / 1e12) + " T" + unit,
        >= 1e9 => Digits(value / 1e9) + " G" + unit,
        >= 1e6 => Digits(value / 1e6) + " M" + unit,
        >= 1e3 => Digits(value / 1e3) + " k" + unit,
        _ => Digits(value) + " " + unit,
    };

    /// <summary>US dollars: $0.064, $1.20, $1,430.</summary>
    public static string Dollars(double dollars) => dollars switch
    {
        >= 1000 => string.Create(CultureInfo.InvariantCulture, $"${dollars:#,0}"),
        >= 0.095 or 0 => string.Create(CultureInfo.InvariantCulture, $"${dollars:0.00}"),
        _ => "$" + Digits(dollars, 2),
    };

    /// <summary>A part of one: 12 %.</summary>
    public static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.#} %");

    /// <summary>At least so many digits that count; digits before the point are never rounded away.</summary>
    public static string Digits(double value, int digits = 3)
    {
        if (!double.IsFinite(value) || value == 0)
        {
            return value == 0 ? "0" : value.ToString(CultureInfo.InvariantCulture);
        }

        int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 12);
        string text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
    }
}
