using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Cache;
using Millrace.Cli.Benchmarks;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Planning.Hardware.Machine;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>bench</c>: how fast a model runs here, and how near to the memory's own speed.</summary>
sealed class BenchCommand : Command
{
    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Option<int> _prompt = CliOptions.Int("-p", "Tokens of a prompt; 0 leaves prefill out", 512, 0, 1 << 20);
    readonly Option<int> _count = CliOptions.Int("-n", "Tokens to generate; 0 leaves decode out", 128, 0, 1 << 20);
    readonly Option<int[]?> _batches = CliOptions.Ints("-b", "Streams at once", "1", 1);
    readonly Option<int[]?> _depths = CliOptions.Ints("-d", "Tokens of each stream in the cache before", "0", 0);
    readonly Option<int> _repetitions = CliOptions.Int("-r", "Repetitions", 5, 1, 1000);
    readonly Option<bool> _predict = CliOptions.Flag("--predict", "Measures this machine first where that was not done before, so that all is predicted besides; takes a minute");
    readonly Option<string?> _log = CliOptions.Text("--log-steps", "Writes each measured step, and what was predicted for it, a JSON object a line", "FILE");
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "json");

    public BenchCommand(Terminal terminal)
        : base("bench", "Measures prefill and decode, and how near they come to the memory's speed")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _prompt, _count, _batches, _depths, _repetitions, _predict, _log, _output })
        {
            Add(option);
        }

        _options.AddTo(this);
        Add(new BenchServeCommand(terminal));
        Add(new BenchBesideCommand(terminal));
        Add(new BenchTwinCommand(terminal));
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        int prompt = parse.GetRequiredValue(_prompt);
        int count = parse.GetRequiredValue(_count);
        int[] batches = parse.GetRequiredValue(_batches)!;
        int[] depths = parse.GetRequiredValue(_depths)!;
        if (prompt == 0 && count == 0)
        {
            throw new UsageException("-p 0 and -n 0 leave nothing to measure");
        }

        long context = (long)depths.Max() + Math.Max(prompt, count);
        long blocks = batches.Max() * (long)KvCache.BlocksFor((int)Math.Min(context, int.MaxValue / 2));
        if (context > 1 << 24 || blocks > int.MaxValue)
        {
            throw new UsageException("-b, -d, -p and -n ask for more tokens than there can be");
        }

        string path = _options.Path(parse);
        CpuOptions options = _options.Device(parse);
        options = options with { Context = (int)context, KvBlocks = (int)blocks, MaxTokens = Math.Max(options.MaxTokens, batches.Max()) };
        double bandwidth = MemoryBandwidth.Measure(options.Threads);
        using ModelFile file = ModelFile.Open(path);
        using CpuDevice device = ModelOptions.Load(_terminal, file, options);
        if (device.Cache.BlockBytes * blocks > Limits.AvailableMemory)
        {
            throw new CommandException($"the KV cache of {batches.Max()} streams of {context} tokens needs {Tables.Bytes(device.Cache.BlockBytes * (double)blocks)}, {Tables.Bytes(Limits.AvailableMemory)} are available");
        }

        using StepTwin twin = new(file, options, parse.GetValue(_predict) ? Progress : null, parse.GetValue(_log));
        List<BenchResult> results = Measure(new BenchRun(device, batches.Max(), twin), prompt, count, batches, depths, parse.GetRequiredValue(_repetitions));
        if (parse.GetValue(_output) == "json")
        {
            _terminal.Out.WriteLine(Json(path, options, bandwidth, results).ToJsonString());
        }
        else
        {
            WriteTable(path, options, bandwidth, results);
        }
    }

    List<BenchResult> Measure(BenchRun run, int prompt, int count, int[] batches, int[] depths, int repetitions)
    {
        List<BenchResult> results = [];
        run.Warm();
        foreach (int depth in depths)
        {
            foreach (int batch in batches)
            {
                Progress($"{batch} stream(s) at depth {depth} …");
                run.Fill(batch, depth);
                if (prompt > 0)
                {
                    results.Add(run.MeasurePrefill(prompt, batch, depth, repetitions));
                }

                if (count > 0)
                {
                    results.Add(run.MeasureDecode(count, batch, depth, repetitions));
                }
            }
        }

        Progress("");
        return results;
    }

    void Progress(string text)
    {
        if (_terminal.ErrorIsTerminal)
        {
            _terminal.Error.Write($"\r{text}\u001b[K");
        }
    }

    void WriteTable(string path, CpuOptions options, double bandwidth, List<BenchResult> results)
    {
        _terminal.Out.WriteLine($"{path}: {options.Threads} thread(s), {options.KvType.ToString().ToLowerInvariant()} KV; memory reads {Tables.Bytes(bandwidth)}/s");
        Table table = Tables.New("kind", ">tokens", ">batch", ">depth", ">tok/s", ">predicted", ">spread", ">first", ">p50", ">p95", ">p99", ">jitter", ">GB/s", ">mem");
        foreach (BenchResult result in results)
        {
            table.Add(
                result.Kind,
                Text($"{result.Tokens}"),
                Text($"{result.Batch}"),
                Text($"{result.Depth}"),
                Text($"{result.Median:0.0}"),
                result.PredictedRate is { } predicted ? Text($"{predicted:0.0}") : "",
                Text($"{result.SpreadPercent:0} %"),
                Milliseconds(BenchResult.Percentile(result.FirstToken, 50)),
                Milliseconds(BenchResult.Percentile(result.InterToken, 50)),
                Milliseconds(BenchResult.Percentile(result.InterToken, 95)),
                Milliseconds(BenchResult.Percentile(result.InterToken, 99)),
                result.Jitter is { } jitter ? Text($"{jitter:0.00}") : "",
                Text($"{result.Bandwidth / 1e9:0.0}"),
                Text($"{result.Bandwidth / bandwidth * 100:0} %"));
        }

        _terminal.Write(table);
        _terminal.Out.WriteLine("tok/s: all streams together, median; predicted: by what was measured of this machine\n(bench --predict); spread: slowest to fastest; in ms: first token, and p50 to p99 from token to token; jitter: p99 over p50; mem: GB/s as part of what memory gives");
    }

    static JsonObject Json(string path, CpuOptions options, double bandwidth, List<BenchResult> results) => new()
    {
        ["bandwidth_gbps"] = bandwidth / 1e9,
        ["model"] = path,
        ["processor"] = Limits.ProcessorName,
        ["threads"] = options.Threads,
        ["kv"] = options.KvType.ToString().ToLowerInvariant(),
        ["results"] = new JsonArray([.. results.Select(result => Json(result, bandwidth))]),
    };

    static JsonObject Json(BenchResult result, double bandwidth) => new()
    {
        ["kind"] = result.Kind,
        ["tokens"] = result.Tokens,
        ["batch"] = result.Batch,
        ["depth"] = result.Depth,
        ["repetitions"] = result.Seconds.Length,
        ["tokens_per_second"] = new JsonObject { ["median"] = result.Median, ["min"] = result.Min, ["max"] = result.Max, ["predicted"] = result.PredictedRate },
        ["spread_percent"] = result.SpreadPercent,
        ["first_token_ms"] = Scaled(BenchResult.Percentile(result.FirstToken, 50)),
        ["inter_token_ms"] = new JsonObject
        {
            ["p50"] = Scaled(BenchResult.Percentile(result.InterToken, 50)),
            ["p95"] = Scaled(BenchResult.Percentile(result.InterToken, 95)),
            ["p99"] = Scaled(BenchResult.Percentile(result.InterToken, 99)),
        },
        ["jitter"] = result.Jitter,
        ["gbps"] = result.Bandwidth / 1e9,
        ["bandwidth_percent"] = result.Bandwidth / bandwidth * 100,
    };

    static double? Scaled(double? seconds) => seconds * 1e3;

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    static string Milliseconds(double? seconds) => seconds is { } value ? Text($"{value * 1e3:0.0}") : "";
}
