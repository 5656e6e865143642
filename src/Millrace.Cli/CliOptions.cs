using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace Millrace.Cli;

/// <summary>Options that check their values: every message names the option, the value and what is allowed.</summary>
static class CliOptions
{
    delegate bool Reader<T>(string text, out T? value);

    /// <summary>A whole number between bounds, both included.</summary>
    public static Option<int> Int(string name, string description, int otherwise, int min, int max = int.MaxValue, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse<int>(result, Allowed(min, max), (text, out value) => TryInt(text, min, max, out value)),
    };

    /// <summary>A whole number between bounds that may be left out.</summary>
    public static Option<int?> OptionalInt(string name, string description, int min, int max = int.MaxValue, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse<int>(result, Allowed(min, max), (text, out value) => TryInt(text, min, max, out value)),
    };

    /// <summary>A number of bytes that may be left out: <c>6GB</c>, <c>512MiB</c>, <c>1000000</c>.</summary>
    public static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "BYTES",
        CustomParser = result => Parse<long?>(result, "a number of bytes, such as 6GB or 512MiB", TryBytes),
    };

    /// <summary>A seed: any whole number that is not negative.</summary>
    public static Option<ulong?> Seed(string description) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse<ulong>(result, "a whole number from 0 to 2^64 - 1",
            static (text, out value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)),
    };

    /// <summary>A number between bounds, both included, that may be left out.</summary>
    public static Option<float?> Float(string name, string description, float min, float max) => new(name)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result => Parse<float>(result, string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"),
            (text, out value) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= min && value <= max),
    };

    /// <summary>Whole numbers of at least a bound, separated by commas; the default as such a text.</summary>
    public static Option<int[]?> Ints(string name, string description, string? otherwise, int min, params string[] aliases) => new(name, aliases)
    {
        Description = otherwise is null ? description : $"{description} [default: {otherwise}]",
        HelpName = "N,N,...",
        DefaultValueFactory = otherwise is null ? null : _ => TryInts(otherwise, min, out int[]? values) ? values : null,
        CustomParser = result => Parse<int[]>(result, $"whole numbers of at least {min}, separated by commas", (text, out values) => TryInts(text, min, out values)),
    };

    /// <summary>One of a few words; the first is the default.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        string allowed = string.Join(", ", words);
        return new(name)
        {
            Description = $"{description}: {allowed}",
            HelpName = "WORD",
            DefaultValueFactory = _ => words[0],
            CustomParser = result => Parse<string>(result, $"one of {allowed}", (text, out value) => words.Contains(value = text)),
        };
    }

    /// <summary>An option with a text of any kind.</summary>
    public static Option<string?> Text(string name, string description, string helpName, params string[] aliases) => new(name, aliases) { Description = description, HelpName = helpName };

    /// <summary>An address of this machine to listen on.</summary>
    public static Option<string?> Address(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS",
        CustomParser = result => Parse<string>(result, "an IP address such as 127.0.0.1 or 0.0.0.0", (text, out value) => IPAddress.TryParse(value = text, out _)),
    };

    /// <summary>An amount of money in units of the currency, with at most six decimals; its value is in micro-units.</summary>
    public static Option<long?> Money(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "AMOUNT",
        CustomParser = result => Parse<long>(result, "an amount of at least 0 with at most six decimals, like 12.50", TryMoney),
    };

    /// <summary>A time in UTC: a day, or a day and a time.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result => Parse<DateTimeOffset>(result, "a time in UTC like 2026-11-24 or 2026-11-24T09:30:00Z",
            static (text, out value) => DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value)),
    };

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    static string Allowed(int min, int max) => max == int.MaxValue ? $"a whole number of at least {min}" : $"a whole number from {min} to {max}";

    static bool TryInt(string text, int min, int max, out int value) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= min && value <= max;

    static bool TryMoney(string text, out long value)
    {
        value = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount) || amount > long.MaxValue / 1_000_000 || decimal.Truncate(amount * 1_000_000) != amount * 1_000_000)
        {
            return false;
        }

        value = (long)(amount * 1_000_000);
        return true;
    }

    static bool TryBytes(string text, out long? bytes)
    {
        (string Unit, double Size)[] units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1L << 40), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("", 1)];
        (string unit, double size) = units.First(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        bool isNumber = double.TryParse(text[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count);
        bytes = isNumber && count * size is >= 1 and < long.MaxValue ? (long)(count * size) : null;
        return bytes is not null;
    }

    static bool TryInts(string text, int min, out int[]? values)
    {
        string[] parts = text.Split(',');
        values = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryInt(parts[i].Trim(), min, int.MaxValue, out values[i]))
            {
                return false;
            }
        }

        return true;
    }

    static T? Parse<T>(ArgumentResult result, string allowed, Reader<T> read)
    {
        string text = result.Tokens[0].Value;
        if (!read(text, out T? value))
        {
            result.AddError($"{((OptionResult)result.Parent!).IdentifierToken?.Value}: expected {allowed}, found '{text}'");
        }

        return value;
    }
}
