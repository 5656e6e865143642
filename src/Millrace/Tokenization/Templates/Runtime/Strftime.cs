using System.Globalization;
using System.Text;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>strftime in the C locale.</summary>
static class Strftime
{
    public static Str Format(RenderContext context, DateTime now, Str format)
    {
        context.Charge(format.Text.Length);
        var result = new StringBuilder();
        string text = format.Text;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            char flag = text[++i] is '-' or '_' or '0' or '^' or '#' && i + 1 < text.Length ? text[i++] : '\0';
            result.Append(Flagged(flag, Field(now, text[i]) ?? $"%{(flag == 0 ? "" : flag)}{text[i]}"));
        }

        context.ChargeCharacters(result.Length);
        return format.Derive(result.ToString());
    }

    static string Flagged(char flag, string field) => flag switch
    {
        '-' => field.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : field.Length > 0 ? "0" : field,
        '_' => field.TrimStart('0').PadLeft(field.Length),
        '^' => field.ToUpperInvariant(),
        '#' => field.ToUpperInvariant(),
        _ => field,
    };

    static string? Field(DateTime now, char letter) => letter switch
    {
        'a' => Name(now, "ddd"),
        'A' => Name(now, "dddd"),
        'b' or 'h' => Name(now, "MMM"),
        'B' => Name(now, "MMMM"),
        'c' => $"{Name(now, "ddd MMM")} {now.Day,2} {Name(now, "HH:mm:ss yyyy")}",
        'C' => $"{now.Year / 100:00}",
        'd' => $"{now.Day:00}",
        'D' or 'x' => Name(now, "MM'/'dd'/'yy"),
        'e' => $"{now.Day,2}",
        'f' => $"{now.Ticks % TimeSpan.TicksPerSecond / 10:000000}",
        'F' => Name(now, "yyyy-MM-dd"),
        'g' => $"{ISOWeek.GetYear(now) % 100:00}",
        'G' => $"{ISOWeek.GetYear(now)}",
        'H' => $"{now.Hour:00}",
        'I' => $"{(now.Hour + 11) % 12 + 1:00}",
        'j' => $"{now.DayOfYear:000}",
        'k' => $"{now.Hour,2}",
        'l' => $"{(now.Hour + 11) % 12 + 1,2}",
        'm' => $"{now.Month:00}",
        'M' => $"{now.Minute:00}",
        'n' => "\n",
        'p' => now.Hour < 12 ? "AM" : "PM",
        'P' => now.Hour < 12 ? "am" : "pm",
        'r' => $"{(now.Hour + 11) % 12 + 1:00}:{now.Minute:00}:{now.Second:00} {(now.Hour < 12 ? "AM" : "PM")}",
        'R' => $"{now.Hour:00}:{now.Minute:00}",
        's' => $"{new DateTimeOffset(now).ToUnixTimeSeconds()}",
        'S' => $"{now.Second:00}",
        't' => "\t",
        'T' or 'X' => Name(now, "HH:mm:ss"),
        'u' => $"{((int)now.DayOfWeek + 6) % 7 + 1}",
        'U' => $"{(now.DayOfYear + 6 - (int)now.DayOfWeek) / 7:00}",
        'V' => $"{ISOWeek.GetWeekOfYear(now):00}",
        'w' => $"{(int)now.DayOfWeek}",
        'W' => $"{(now.DayOfYear + 6 - ((int)now.DayOfWeek + 6) % 7) / 7:00}",
        'y' => $"{now.Year % 100:00}",
        'Y' => $"{now.Year}",
        'z' or 'Z' => "", // a local time without a zone
        '%' => "%",
        _ => null,
    };

    static string Name(DateTime now, string format) => now.ToString(format, CultureInfo.InvariantCulture);
}
