using System.CommandLine;
using System.Globalization;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.Simulation;

/// <summary>A load as its options describe it.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="Requests">Its requests, in order of time.</param>
/// <param name="UsualTokens">Tokens of prompt and answer together, on average.</param>
/// <param name="LongTokens">The most of them.</param>
sealed record ChosenLoad(string Name, IEnumerable<PlannedRequest> Requests, int UsualTokens, int LongTokens)
{
    /// <summary>A load of requests that are at hand.</summary>
    public static ChosenLoad Of(string name, IReadOnlyCollection<PlannedRequest> requests, IEnumerable<PlannedRequest>? sent = null) => new(
        name, sent ?? requests, (int)requests.Average(static request => (double)request.InputTokens + request.OutputTokens), requests.Max(static request => request.InputTokens + request.OutputTokens));
}

/// <summary>The options that say which requests come, and when.</summary>
sealed class LoadChoice
{
    readonly Option<string?> _trace = CliOptions.Text("--trace", "Recorded requests: Azure's or Vidur's csv, Mooncake's jsonl, or your own (docs/simulation.md)", "FILE");
    readonly Option<int> _repeat = CliOptions.Int("--repeat", "The trace so many times, one after the other", 1, 1, 1_000_000);
    readonly Option<float?> _speed = CliOptions.Float("--speed", "The trace's times so many times as fast [default: 1]", 0.001f, 1e6f);
    readonly Option<float?> _rate = CliOptions.Float("--rate", "Requests per second at random times [default: 1, or a trace's own times]", 1e-6f, 1e6f);
    readonly Option<float?> _burst = CliOptions.Float("--burst", "Squared variation of the times between requests: 1 is a Poisson process, more comes in bursts [default: 1]", 0.01f, 1000);
    readonly Option<int> _requests = CliOptions.Int("--requests", "Requests, without a trace", 1000, 1);
    readonly Option<int> _input = CliOptions.Int("--input", "Mean tokens of a prompt, without a trace", 1024, 1, 1 << 24);
    readonly Option<int> _output = CliOptions.Int("--output", "Mean tokens of an answer, without a trace", 256, 1, 1 << 20);
    readonly Option<float?> _spread = CliOptions.Float("--spread", "Lengths spread over mean × (1 ± spread) [default: 0]", 0, 1);
    readonly Option<int> _prefix = CliOptions.Int("--prefix-len", "Tokens in front of each prompt that others share", 0, 0, 1 << 24);
    readonly Option<int> _prefixes = CliOptions.Int("--num-prefixes", "How many such prefixes", 1, 1, 1 << 24);
    readonly Option<string?> _classes = CliOptions.Text("--classes", "Parts of the requests that are of other classes than standard: realtime:0.2,batch:0.3", "CLASS:PART,...");
    readonly Option<int> _seed = CliOptions.Int("--seed", "Seed of lengths, times and classes", 0, 0);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _trace, _repeat, _speed, _rate, _burst, _requests, _input, _output, _spread, _prefix, _prefixes, _classes, _seed })
        {
            command.Add(option);
        }
    }

    /// <summary>The load.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    /// <exception cref="Millrace.Planning.PlanningException">The trace is none.</exception>
    public ChosenLoad Load(ParseResult parse)
    {
        int seed = parse.GetRequiredValue(_seed);
        ChosenLoad load = parse.GetValue(_trace) is { } path ? Trace(parse, path) : Made(parse, seed);
        float? rate = parse.GetValue(_rate) ?? (parse.GetValue(_trace) is null ? 1 : null);
        double burst = parse.GetValue(_burst) ?? 1;
        if (rate is { } perSecond)
        {
            load = load with
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{load.Name}, {perSecond:0.###} requests/s{(burst == 1 ? "" : $" in bursts of {burst:0.##}")}"),
                Requests = Workloads.At(load.Requests, perSecond, 1 / burst, seed + 1),
            };
        }
        else if (parse.GetValue(_burst) is not null)
        {
            throw new UsageException("--burst needs --rate: a trace has its own times");
        }

        (double realtime, double batch) = Classes(parse.GetValue(_classes));
        return realtime + batch == 0 ? load : load with { Requests = Workloads.Classed(load.Requests, realtime, batch, seed + 2) };
    }

    ChosenLoad Trace(ParseResult parse, string path)
    {
        int times = parse.GetRequiredValue(_repeat);
        double speed = parse.GetValue(_speed) ?? 1;
        PlannedRequest[] requests = [.. TraceFile.Read(path)];
        string name = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}{(times == 1 ? "" : $", {times} times")}{(speed == 1 ? "" : $", {speed:0.###} times as fast")}");
        return ChosenLoad.Of(name, requests, Workloads.Repeat(requests, times, speed));
    }

    ChosenLoad Made(ParseResult parse, int seed)
    {
        RandomLengths lengths = new()
        {
            Input = parse.GetRequiredValue(_input),
            Output = parse.GetRequiredValue(_output),
            RangeRatio = parse.GetValue(_spread) ?? 0,
            PrefixTokens = parse.GetRequiredValue(_prefix),
            Prefixes = parse.GetRequiredValue(_prefixes),
        };
        int input = lengths.Input + lengths.PrefixTokens;
        string name = string.Create(CultureInfo.InvariantCulture, $"{parse.GetRequiredValue(_requests)} requests of {input} + {lengths.Output} tokens");
        return new ChosenLoad(name, lengths.Plan(seed).Take(parse.GetRequiredValue(_requests)), input + lengths.Output, lengths.PrefixTokens + (int)Math.Ceiling((lengths.Input + lengths.Output) * (1 + lengths.RangeRatio)) + 2);
    }

    static (double Realtime, double Batch) Classes(string? text)
    {
        Dictionary<string, double> parts = [];
        foreach (string part in text?.Split(',') ?? [])
        {
            string[] pair = part.Split(':');
            if (pair is not ["realtime" or "batch", _] || !double.TryParse(pair[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || value > 1 || !parts.TryAdd(pair[0], value))
            {
                throw new UsageException($"--classes: expected realtime:PART and batch:PART with parts from 0 to 1, found '{text}'");
            }
        }

        return parts.Values.Sum() <= 1 ? (parts.GetValueOrDefault("realtime"), parts.GetValueOrDefault("batch")) : throw new UsageException($"--classes: parts of more than 1 together, found '{text}'");
    }
}
