using System.Globalization;
using Millrace.Formats;

namespace Millrace.Benchmarks.Peers;

/// <summary>Measures rows of the table of targets.</summary>
/// <remarks>
/// <c>rows</c> measures those of one model: <c>name=1b-q4_0 model=FILE results=FOLDER version=COMMIT turns=5 budget=90 threads=2 clock=wall</c>;
/// <c>models</c> lists what models they need, each with what makes it. Which rows: <c>what=all</c> or parts of the table, <c>rows=</c> names of rows or parts of names, both separated by commas; <c>layers=</c> fewer layers, for trials.
/// </remarks>
static class PeerRun
{
    /// <summary>Lists the models of the rows chosen.</summary>
    public static int List(Arguments arguments)
    {
        foreach (PeerModel model in Chosen(arguments).Select(static row => row.Model).Distinct())
        {
            Console.WriteLine($"{model.Name} {model.Synth}");
        }

        return 0;
    }

    /// <summary>Measures the rows chosen of one model.</summary>
    public static int Rows(Arguments arguments)
    {
        string name = arguments.Text("name"), path = arguments.Text("model"), results = Path.Combine(arguments.Text("results"), CpuName.Folder);
        IReadOnlyList<PeerRow> all = PeerRows.All(arguments.Number("layers", 0));
        PeerBench bench = new(arguments, path);
        foreach (PeerRow row in Chosen(arguments).Where(row => row.Model.Name == name))
        {
            PeerResult result = bench.Measure(row);
            Console.WriteLine(ResultFile.Line(result));
            ResultFile.Add(results, result, all);
        }

        bench.Dispose();
        return 0;
    }

    /// <summary>A prompt and the decoding after it on any model: <c>model=FILE prompt=256 decode=64</c> and the arguments above.</summary>
    public static int Custom(Arguments arguments)
    {
        string path = arguments.Text("model");
        PeerModel model = new(Path.GetFileName(path), "");
        int prompt = arguments.Number("prompt", 256);
        using PeerBench bench = new(arguments, path);
        Console.WriteLine(ResultFile.Line(bench.Measure(new($"prefill {prompt}", "", model) { Tokens = prompt, IsPrompt = true })));
        Console.WriteLine(ResultFile.Line(bench.Measure(new($"decode at {prompt}", "", model) { Depth = prompt, Tokens = arguments.Number("decode", 64), Streams = arguments.Number("streams", 1) })));
        return 0;
    }

    static IEnumerable<PeerRow> Chosen(Arguments arguments)
    {
        string[] parts = arguments.Text("what", "all").Split(','), names = arguments.Text("rows", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        return PeerRows.All(arguments.Number("layers", 0)).Where(row =>
            (parts.Contains("all") || parts.Contains(row.Part)) && (names.Length == 0 || names.Any(name => row.Id.Contains(name, StringComparison.Ordinal))));
    }
}

/// <summary>Both sides over one model, and the bandwidth beside them.</summary>
sealed class PeerBench : IDisposable
{
    readonly ModelFile _file;
    readonly MillraceSide _ours;
    readonly LlamaSide _theirs;
    readonly ReadBandwidth _bandwidth;
    readonly Duel _duel;
    readonly int _threads;
    readonly string _version;

    public PeerBench(Arguments arguments, string path)
    {
        _threads = arguments.Number("threads", Environment.ProcessorCount);
        _version = arguments.Text("version", "");
        RunClock clock = RunClock.Of(arguments);
        _bandwidth = new ReadBandwidth(_threads, clock);
        _theirs = new LlamaSide(path, _threads);
        _file = ModelFile.Open(path);
        _ours = new MillraceSide(_file, _threads);
        _duel = new Duel(_ours, _theirs, arguments.Number("turns", 5), TimeSpan.FromSeconds(arguments.Number("budget", 90)), _bandwidth, clock);
    }

    public PeerResult Measure(PeerRow row)
    {
        (double[] ours, double[] theirs, double[] reads) = _duel.Run(row);
        double bytes = row.IsPrompt ? 0 : _ours.BytesOfStep(row);
        double share = Share(ours), peerShare = Share(theirs);
        bool met = row.Target is null || row.Target.IsMet(PeerResult.Median(ours) / PeerResult.Median(theirs), share, peerShare);
        return new(
            row.Id, ours, theirs, row.Target?.ToString(), met, bytes, reads[0], reads[^1], share, peerShare, _theirs.Settings, _threads, LlamaSide.Version(), _version,
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), reads);

        double Share(double[] rates) => PeerResult.Median([.. rates.Select((rate, turn) => rate / row.Streams * bytes / Math.Max(reads[turn], reads[turn + 1]))]);
    }

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _file.Dispose();
        _bandwidth.Dispose();
    }
}
