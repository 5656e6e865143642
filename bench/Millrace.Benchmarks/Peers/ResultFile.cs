using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Millrace.Benchmarks.Peers;

/// <summary>The results of one processor: <c>peer.json</c>, and <c>peer.md</c> to read. A row that is measured again takes the place of what it had, so that a run can be interrupted and go on.</summary>
static class ResultFile
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Adds a row.</summary>
    /// <param name="folder">The processor's folder.</param>
    /// <param name="result">The row.</param>
    /// <param name="order">All rows in the table's order.</param>
    public static void Add(string folder, PeerResult result, IReadOnlyList<PeerRow> order)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "peer.json");
        List<PeerResult> all = File.Exists(path) ? JsonSerializer.Deserialize<List<PeerResult>>(File.ReadAllText(path), Json)! : [];
        all.RemoveAll(old => old.Row == result.Row);
        all.Add(result);
        Dictionary<string, int> place = order.Select((row, i) => (row.Id, i)).ToDictionary();
        all = [.. all.OrderBy(row => place.GetValueOrDefault(row.Row, int.MaxValue))];
        Write(path, JsonSerializer.Serialize(all, Json) + "\n");
        Write(Path.Combine(folder, "peer.md"), Table(all));
    }

    /// <summary>A line to read while it goes on.</summary>
    public static string Line(PeerResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Row,-22} {Span(result.Ours)}   llama.cpp {Span(result.Theirs)}   ratio {result.Ratio:f2}{Shares(result, "   of bandwidth ")}{(result.Target is null ? "" : $"   {result.Target}{Verdict(result)}")}   [{result.Settings}]");

    static string Table(List<PeerResult> rows)
    {
        StringBuilder text = new();
        text.AppendLine("# Beside llama.cpp on this processor");
        text.AppendLine(CultureInfo.InvariantCulture, $"{CpuName.Full}. Tokens per second, median of the turns (least to most); see docs/bench.md.").AppendLine();
        text.AppendLine("| row | Millrace | llama.cpp | ratio | % of bandwidth: both | read GB/s: least and most, or before and after | target | | commit, day |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (PeerResult row in rows)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {row.Row} | {Span(row.Ours)} | {Span(row.Theirs)} | {row.Ratio:f2} |{Shares(row, " ")} | {(row.Reads?.Min() ?? row.ReadBefore) / 1e9:f1}, {(row.Reads?.Max() ?? row.ReadAfter) / 1e9:f1} | {row.Target} |{Verdict(row)} | {row.Version}, {row.Date} |");
        }

        foreach (IGrouping<string, PeerResult> group in rows.GroupBy(static row => $"{row.Threads} threads; llama.cpp: {row.Peer}, {row.Settings}"))
        {
            text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"{group.Key}: {string.Join(", ", group.Select(static row => row.Row))}.");
        }

        return text.ToString();
    }

    static string Verdict(PeerResult result) => result.Target is null ? "" : result.Met ? " met" : " **missed**";

    static string Shares(PeerResult result, string before) =>
        result.BytesOfStep > 0 ? string.Create(CultureInfo.InvariantCulture, $"{before}{result.Share * 100:f0}, {result.PeerShare * 100:f0}") : "";

    static string Span(double[] values) => string.Create(CultureInfo.InvariantCulture, $"{PeerResult.Median(values):f1} ({values.Min():f1} to {values.Max():f1})");

    // Whole or not at all: a run may be interrupted at any time.
    static void Write(string path, string text)
    {
        File.WriteAllText(path + ".part", text);
        File.Move(path + ".part", path, overwrite: true);
    }
}
