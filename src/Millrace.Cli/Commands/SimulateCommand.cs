using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Millrace.Cli.Simulation;
using Millrace.Planning;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.Commands;

/// <summary><c>simulate</c>: the live scheduler on a virtual clock, under any load, on any fleet.</summary>
sealed class SimulateCommand : Command
{
    readonly Terminal _terminal;
    readonly LoadChoice _load = new();
    readonly FleetChoice _fleet = new();
    readonly Option<string[]> _goodput = new("--goodput") { Description = "Service levels in milliseconds: ttft:500 tpot:50 e2el:9000, of one class as realtime.tpot:25", HelpName = "NAME:MS", AllowMultipleArgumentsPerToken = true };
    readonly Option<string?> _replay = CliOptions.Text("--replay", "A run that serve --record wrote: without --fleet its decisions are taken again and compared, with it its requests go to other hardware", "FILE");
    readonly Option<string?> _log = CliOptions.Text("--log", "Writes each scheduler's decisions, step by step", "FILE");
    readonly Option<string> _format = CliOptions.Choice("--format", "What to print", "table", "json");

    public SimulateCommand(Terminal terminal)
        : base("simulate", "Runs the scheduler on a virtual clock: latency, goodput, price and energy of a fleet under a load")
    {
        _terminal = terminal;
        _fleet.AddTo(this);
        _load.AddTo(this);
        Add(_goodput);
        Add(_replay);
        Add(_log);
        Add(_format);
        SetAction(Run);
    }

    int Run(ParseResult parse)
    {
        Recording? recording = parse.GetValue(_replay) is { } path ? Recording.Read(path) : null;
        if (recording is not null && !_fleet.IsGiven(parse))
        {
            return Again(recording);
        }

        ChosenLoad load = recording is null ? _load.Load(parse) : Recorded(recording);
        FleetOptions options = _fleet.Fleet(parse, load) with { Targets = TargetTexts.Parse("--goodput", parse.GetValue(_goodput) ?? []) };
        using Interrupt interrupt = new();
        Stopwatch clock = Stopwatch.StartNew();
        FleetResult result = null!;
        if (parse.GetValue(_log) is { } log)
        {
            OutputFile.Write(log, partial =>
            {
                using BufferedStream stream = new(File.Create(partial), 1 << 16);
                result = new Fleet(options with { Log = stream }).Run(load.Requests, interrupt.Token);
            });
        }
        else
        {
            result = new Fleet(options).Run(load.Requests, interrupt.Token);
        }

        if (result.Completed == 0)
        {
            throw new PlanningException($"none of {result.Requests} requests fits into the memory that a replica has for keys and values");
        }

        if (parse.GetRequiredValue(_format) == "json")
        {
            FleetOutput.WriteJson(_terminal, load, options, result);
        }
        else
        {
            FleetOutput.WriteTables(_terminal, load, options, result);
        }

        double seconds = clock.Elapsed.TotalSeconds;
        _terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"simulated {result.Requests} requests in {result.Steps} steps, {Units.Time(result.Seconds)} of their time, in {Units.Time(seconds)}: {Units.Count(result.Requests / seconds * 60)} requests a minute"));
        return 0;
    }

    static ChosenLoad Recorded(Recording recording)
    {
        PlannedRequest[] requests = [.. recording.Requests()];
        return requests.Length == 0
            ? throw new PlanningException($"{recording.Path}: no request has an answer")
            : ChosenLoad.Of($"{requests.Length} requests of {Path.GetFileName(recording.Path)}", requests);
    }

    int Again(Recording recording)
    {
        ReplayResult result = Replay.Run(recording);
        if (result.Difference is { } difference)
        {
            throw new PlanningException($"{recording.Path}: {result.Steps} steps are decided as recorded, and then not: {difference}");
        }

        _terminal.Out.WriteLine($"{recording.Path}: model {recording.Engine.Model}: all {result.Steps} steps are decided again as the engine decided them");
        _terminal.Out.WriteLine($"measured: TTFT p50 {Units.Time(result.Ttft.Percentile(50))}, p99 {Units.Time(result.Ttft.Percentile(99))}; TPOT p50 {Units.Time(result.Tpot.Percentile(50))}, p99 {Units.Time(result.Tpot.Percentile(99))}");
        return 0;
    }
}
