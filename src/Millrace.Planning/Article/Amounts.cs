using System.Globalization;

namespace Millrace.Planning.Article;

/// <summary>Figures of the article as people read them.</summary>
static class Amounts
{
    /// <summary>A figure with its unit.</summary>
    public static string Text(double value, string unit) => unit switch
    {
        "s" => Units.Time(value),
        "B" => Units.Bytes(value),
        "B/s" => Units.Bytes(value) + "/s",
        "W" => Units.Scaled(value, "W"),
        "x" => Units.Digits(value, 2) + " ×",
        "part" => Units.Percent(value),
        "a year" => Units.Percent(value) + " a year",
        "$/1M" => Units.Dollars(value) + "/1M",
        "$/h" => Units.Dollars(value) + "/h",
        "$B" => (value < 0 ? "-" : "") + Units.Dollars(Math.Abs(value)) + "B",
        "year" => Units.Digits(value, 4),
        "tok/s" => Rate(value) + " tok/s",
        "chips" => $"{Whole(value)} {(value == 1 ? "chip" : "chips")}",
        _ => $"{Units.Count(value)} {unit}".Replace("  ", " ", StringComparison.Ordinal),
    };

    /// <summary>A range with its unit.</summary>
    public static string Text(double low, double high, string unit) => $"{Text(low, unit)} to {Text(high, unit)}";

    static string Rate(double value) => value >= 1000 ? Whole(value) : Units.Digits(value);

    static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
