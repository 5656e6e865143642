using System.Globalization;
using System.Text.Json;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>Requests recorded from real services: the Azure LLM inference trace of 2023 (csv: time, tokens in, tokens out) and Mooncake's (json lines, with the hashes of each 512 tokens of a prompt, so that shared prefixes stay shared).</summary>
static class TraceFile
{
    const int HashedTokens = 512;
    const int MostTokens = 1 << 24;

    /// <summary>Reads a trace. Arrivals count from its first line.</summary>
    /// <exception cref="CommandException">There is no such file, or a line of it is no request.</exception>
    public static IEnumerable<PlannedRequest> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandException($"no such file: {path}");
        }

        return path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? ReadAzure(path) : ReadMooncake(path);
    }

    static IEnumerable<PlannedRequest> ReadAzure(string path)
    {
        DateTime? first = null;
        ulong line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (line == 1 || text.Length == 0)
            {
                continue; // names of the columns
            }

            string[] cells = text.Split(',');
            if (cells.Length != 3 || !DateTime.TryParse(cells[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
                || !TryTokens(cells[1], out int input) || !TryTokens(cells[2], out int output))
            {
                throw Bad(path, line, "a time, tokens in and tokens out", text);
            }

            first ??= time;
            yield return new PlannedRequest([new PromptPart(line, input)], output, (time - first.Value).TotalSeconds);
        }
    }

    static IEnumerable<PlannedRequest> ReadMooncake(string path)
    {
        double? first = null;
        ulong line = 0;
        foreach (string text in File.ReadLines(path))
        {
            line++;
            if (text.Length == 0)
            {
                continue;
            }

            MooncakeLine? read = Parse(text);
            if (read is not { input_length: > 0 and <= MostTokens, output_length: > 0 and <= MostTokens, timestamp: >= 0 } known)
            {
                throw Bad(path, line, "an object with timestamp, input_length, output_length", text);
            }

            first ??= known.timestamp;
            yield return new PlannedRequest(Parts(known, line), known.output_length, (known.timestamp - first.Value) / 1000);
        }
    }

    // The last hash may stand for fewer tokens than the others; a prompt without hashes shares nothing.
    static PromptPart[] Parts(MooncakeLine line, ulong number)
    {
        int left = line.input_length;
        List<PromptPart> parts = [];
        foreach (ulong hash in line.hash_ids ?? [])
        {
            int tokens = Math.Min(left, HashedTokens);
            if (tokens > 0)
            {
                parts.Add(new PromptPart(hash, tokens));
            }

            left -= tokens;
        }

        if (left > 0)
        {
            parts.Add(new PromptPart(ulong.MaxValue - number, left));
        }

        return [.. parts];
    }

    static MooncakeLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<MooncakeLine>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static bool TryTokens(string text, out int tokens) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out tokens) && tokens is > 0 and <= MostTokens;

    static CommandException Bad(string path, ulong line, string expected, string found) =>
        new($"{path}: line {line}: expected {expected}, found '{(found.Length > 80 ? found[..80] + "…" : found)}'");

    // Fields are named as in the file.
    sealed record MooncakeLine(double timestamp, int input_length, int output_length, ulong[]? hash_ids);
}
