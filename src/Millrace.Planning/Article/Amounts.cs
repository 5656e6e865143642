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

    /// <summary>A range with its unit, which is said once where both ends have it.</summary>
    public static string Text(double low, double high, string unit)
    {
        (string from, string to) = (Text(low, unit), Text(high, unit));
        string tail = from.TrimStart([.. "-$0123456789.,"]);
        return to.TrimStart([.. "-$0123456789.,"]) == tail ? $"{from[..^tail.Length]} to {to}" : $"{from} to {to}";
    }

    /// <summary>A span with its unit; one figure where both ends are the same.</summary>
    public static string Text(Span span) => span.Low == span.High ? Text(span.Low, span.Unit) : Text(span.Low, span.High, span.Unit);

    static string Rate(double value) => value >= 1000 ? Whole(value) : Units.Digits(value);

    static string Whole(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
