using System.CommandLine;
using System.Globalization;
using Millrace.Formats;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Models;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>bench twin</c>: steps of this machine as predicted, and as measured.</summary>
sealed class BenchTwinCommand : Command
{
    readonly Terminal _terminal;
    readonly Option<string> _models = new("--shapes") { Description = "Shapes, as of synth", HelpName = "NAMES", DefaultValueFactory = static _ => "smollm2-135m,qwen3-0.6b,llama-3.2-1b" };
    readonly Option<string> _types = new("--types") { Description = "Types of the weights", HelpName = "TYPES", DefaultValueFactory = static _ => "q4_0,q8_0,bf16" };
    readonly Option<int[]?> _batches = CliOptions.Ints("-b", "Sequences, a token each", "1,4,16", 1);
    readonly Option<int[]?> _depths = CliOptions.Ints("-d", "Tokens of each in the cache", "128,4096", 0);
    readonly Option<int> _rounds = CliOptions.Int("-r", "Rounds over all models", 3, 1, 1000);
    readonly Option<int> _threads = CliOptions.Int("--threads", "Threads that compute", Environment.ProcessorCount, 1, 1024, "-t");
    readonly Option<bool> _known = CliOptions.Flag("--known", "Take what was measured of this machine before, where it was; it must know all types");
    readonly Option<bool> _busy = CliOptions.Flag("--processor-time", "Measures processor time, not the clock's: for one thread on a machine that others use");
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "csv");

    public BenchTwinCommand(Terminal terminal)
        : base("twin", "Predicts steps on this machine, measures them, and says how far apart they are")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _models, _types, _batches, _depths, _rounds, _threads, _known, _busy, _output })
        {
            Add(option);
        }

        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        CatalogueModel[] models = [.. parse.GetRequiredValue(_models).Split(',').Select(name => ModelCatalogue.Find(name) is { Runs: true } model
            ? model
            : throw new UsageException($"--shapes: no shape '{name}' that runs; near it are {string.Join(", ", ModelCatalogue.Near(name))}"))];
        WeightType[] types = [.. parse.GetRequiredValue(_types).Split(',').Select(name => WeightTypes.TryParse(name, out WeightType type) && type.IsGguf
            ? type
            : throw new UsageException($"--types: no type '{name}'; there are {string.Join(", ", WeightTypes.All.Where(type => type.IsGguf).Select(type => type.GgufName))}"))];
        bool busy = parse.GetValue(_busy);
        int threads = parse.GetRequiredValue(_threads);
        if (busy && threads > 1)
        {
            throw new UsageException("--processor-time: threads that wait for each other compute too: give --threads 1");
        }

        IReadOnlyList<TwinPoint> points = TwinRun.Compare(
            models, types, parse.GetRequiredValue(_batches)!, parse.GetRequiredValue(_depths)!, parse.GetRequiredValue(_rounds), threads,
            parse.GetValue(_known) && ModelStore.Home is { } home ? MachineStore.Read(home, threads) : null, text => _terminal.Error.WriteLine($"millrace: {text}"), busy);
        if (parse.GetValue(_output) == "csv")
        {
            _terminal.Out.WriteLine("model,type,batch,context,predicted_ms,measured_ms,error");
            foreach (TwinPoint point in points)
            {
                _terminal.Out.WriteLine(Text($"{point.Model},{point.Type.GgufName},{point.Batch},{point.Context},{point.Predicted * 1e3:0.000},{point.Measured * 1e3:0.000},{point.Error:0.0000}"));
            }

            return;
        }

        Table table = Tables.New("model", "type", ">batch", ">context", ">predicted ms", ">measured ms", ">error");
        foreach (TwinPoint point in points)
        {
            table.Add(point.Model, point.Type.GgufName, Text($"{point.Batch}"), Text($"{point.Context}"), Text($"{point.Predicted * 1e3:0.00}"), Text($"{point.Measured * 1e3:0.00}"), Text($"{point.Error * 100:+0.0;-0.0} %"));
        }

        _terminal.Write(table);
        double[] errors = [.. points.Select(static point => Math.Abs(point.Error)).Order()];
        _terminal.Out.WriteLine(Text($"{errors.Length} steps: median error {errors[(errors.Length - 1) / 2] * 100:0.0} %, p90 {errors[(int)Math.Ceiling(0.9 * errors.Length) - 1] * 100:0.0} %, bias {points.Average(static point => point.Error) * 100:+0.0;-0.0} %"));
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
