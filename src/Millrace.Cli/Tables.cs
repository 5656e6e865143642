using System.Globalization;
using Spectre.Console;

namespace Millrace.Cli;

/// <summary>How tables and sizes look.</summary>
static class Tables
{
    /// <summary>A table with columns; a name that begins with &gt; is aligned to the right.</summary>
    public static Table New(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns)
        {
            TableColumn made = new(Markup.Escape(column.TrimStart('>'))) { Padding = new Padding(0, 0, 1, 0) };
            table.AddColumn(column.StartsWith('>') ? made.RightAligned() : made);
        }

        return table;
    }

    /// <summary>Adds a row of plain texts.</summary>
    public static void Add(this Table table, params string[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell))]);

    /// <summary>A number of bytes as people read it: 1 MB is a million bytes.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e9 => Number(bytes / 1e9, "GB"),
        >= 1e6 => Number(bytes / 1e6, "MB"),
        >= 1e3 => Number(bytes / 1e3, "kB"),
        _ => Number(bytes, "B"),
    };

    /// <summary>A count as people read it.</summary>
    public static string Count(double count) => count switch
    {
        >= 1e12 => Number(count / 1e12, "T"),
        >= 1e9 => Number(count / 1e9, "G"),
        >= 1e6 => Number(count / 1e6, "M"),
        >= 1e3 => Number(count / 1e3, "k"),
        _ => Number(count, "").TrimEnd(),
    };

    /// <summary>Micro-units of a currency in units.</summary>
    public static string Money(long microUnits) => ((decimal)microUnits / 1_000_000).ToString("0.00####", CultureInfo.InvariantCulture);

    // Three digits that count.
    static string Number(double value, string unit) => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture) + " " + unit;
}
