using System.Globalization;
using System.Text;

namespace Millrace.Planning.Costs;

/// <summary>Public measurements that come with the library, each with its source.</summary>
static class MeasurementTable
{
    static readonly Lazy<IReadOnlyList<PointRow>> BuiltInRows = new(static () => [.. Lines().Select(Row)]);

    /// <summary>The measurements.</summary>
    public static IReadOnlyList<PointRow> BuiltIn => BuiltInRows.Value;

    static IEnumerable<string[]> Lines()
    {
        using Stream stream = typeof(MeasurementTable).Assembly.GetManifestResourceStream("measurements/measurements.csv")
            ?? throw new InvalidOperationException("measurements.csv is not in the assembly");
        using StreamReader reader = new(stream, Encoding.UTF8);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            yield return Fields(line);
        }
    }

    static PointRow Row(string[] fields) => new()
    {
        Model = fields[0],
        Parameters = Number(fields[1]),
        Precision = fields[2],
        Device = fields[3],
        Count = Number(fields[4]),
        Parallelism = fields[5],
        Framework = fields[6],
        Batch = fields[7].Length > 0 ? fields[7] : null,
        Input = Number(fields[8]),
        Output = Number(fields[9]),
        Metric = fields[10],
        Value = Number(fields[11]),
        Date = fields[12],
    };

    static double? Number(string text) => text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);

    // RFC 4180: fields between quotes may have commas, and quotes twice.
    static string[] Fields(string line)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char letter = line[i];
            if (letter == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append(line[++i]);
            }
            else if (letter == '"')
            {
                quoted = !quoted;
            }
            else if (letter == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(letter);
            }
        }

        fields.Add(field.ToString());
        return [.. fields];
    }
}
