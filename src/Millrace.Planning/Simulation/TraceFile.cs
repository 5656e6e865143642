using System.Globalization;

namespace Millrace.Planning.Simulation;

/// <summary>Requests recorded from real services, or written by hand.</summary>
/// <remarks>
/// <para>A csv file is read by the names of its columns: those of the Azure LLM inference trace of 2023 (<c>TIMESTAMP,ContextTokens,GeneratedTokens</c>), of Vidur (<c>arrived_at,num_prefill_tokens,num_decode_tokens</c>) or our own: <c>arrival</c> in seconds, <c>input</c>, <c>output</c>, and as wanted <c>class</c>, <c>tenant</c>, <c>session</c>, <c>prefix</c> (a number: equal ones begin alike) with <c>prefix_tokens</c>. Unknown names stand for the first three.</para>
/// <para>A jsonl file has an object a line: Mooncake's (<c>timestamp</c> in milliseconds, <c>input_length</c>, <c>output_length</c>, and <c>hash_ids</c> of each 512 tokens of a prompt, so that shared prefixes stay shared), or our own columns as fields.</para>
/// </remarks>
public static class TraceFile
{
    internal const int MostTokens = 1 << 24;

    static readonly string[][] Columns =
    [
        ["timestamp", "contexttokens", "generatedtokens"],
        ["arrived_at", "num_prefill_tokens", "num_decode_tokens"],
        ["arrival", "input", "output"],
    ];

    /// <summary>Reads a trace, line by line as it is asked for. Arrivals count from its first line.</summary>
    /// <exception cref="PlanningException">There is no such file, it has no requests, or a line of it is none; the line is named.</exception>
    public static IEnumerable<PlannedRequest> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new PlanningException($"no such file: {path}");
        }

        return Ordered(path, path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? ReadCsv(path) : TraceJson.Read(path));
    }

    // Times count from the first, and never go back.
    static IEnumerable<PlannedRequest> Ordered(string path, IEnumerable<(ulong Line, double Time, PlannedRequest Request)> lines)
    {
        double first = double.NaN, last = double.NegativeInfinity;
        foreach ((ulong line, double time, PlannedRequest request) in lines)
        {
            if (time < last)
            {
                throw new PlanningException(string.Create(CultureInfo.InvariantCulture, $"{path}: line {line}: expected a time at or after the line before, found one {last - time:0.######} s earlier"));
            }

            first = double.IsNaN(first) ? time : first;
            last = time;
            yield return request with { Arrival = time - first };
        }

        if (double.IsNaN(first))
        {
            throw new PlanningException($"{path}: no requests");
        }
    }

    static IEnumerable<(ulong Line, double Time, PlannedRequest Request)> ReadCsv(string path)
    {
        CsvColumns columns = new([]);
        ulong line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (line == 1)
            {
                columns = new CsvColumns(text.Split(','));
            }
            else if (text.Length > 0)
            {
                (double time, PlannedRequest request) = columns.Parse(text.Split(','), line)
                    ?? throw PlanningException.AtLine(path, (long)line, "a time, tokens in and tokens out" + (columns.HasMore ? ", and what the columns behind name" : ""), text);
                yield return (line, time, request);
            }
        }
    }

    /// <summary>Where a csv file has what.</summary>
    sealed class CsvColumns
    {
        readonly string[] _names;
        readonly int[] _first; // time, tokens in, tokens out
        DateTime? _firstDate;  // from which dates count: seconds since long ago would not have the digits

        public CsvColumns(string[] names)
        {
            _names = [.. names.Select(name => name.Trim().ToLowerInvariant())];
            _first = Columns.Select(known => known.Select(name => Array.IndexOf(_names, name)).ToArray()).FirstOrDefault(places => !places.Contains(-1)) ?? [0, 1, 2];
        }

        public bool HasMore => _names.Length > 3;

        public (double Time, PlannedRequest Request)? Parse(string[] cells, ulong line)
        {
            if (cells.Length != Math.Max(3, _names.Length) || !TryTime(cells[_first[0]], out double time) || !TryTokens(cells[_first[1]], out int input) || !TryTokens(cells[_first[2]], out int output))
            {
                return null;
            }

            TraceFields fields = new() { input = input, output = output };
            for (int i = 0; i < _names.Length; i++)
            {
                if (!_first.Contains(i) && !fields.TrySet(_names[i], cells[i].Trim()))
                {
                    return null;
                }
            }

            return fields.Request(line) is { } request ? (time, request) : null;
        }

        static bool TryTokens(string text, out int tokens) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tokens) && tokens is > 0 and <= MostTokens;

        // Seconds, or a date.
        bool TryTime(string text, out double seconds)
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out seconds))
            {
                return seconds is >= 0 and < 1e12;
            }

            bool date = DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time);
            _firstDate ??= date ? time : null;
            seconds = date ? (time - _firstDate!.Value).TotalSeconds : 0;
            return date;
        }
    }
}
