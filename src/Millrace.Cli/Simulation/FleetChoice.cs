using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Plans;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.Simulation;

/// <summary>The options that say what computes.</summary>
sealed class FleetChoice
{
    readonly PlannedModelOptions _model = new();
    readonly DeviceOptions _devices = new();
    readonly Option<string?> _fleet = CliOptions.Text("--fleet", "Replicas, their device with its chips, and how they divide the model: 4*8xh100, 2*h100:tp1:prefill,6*h100:decode; without chips as few as hold it", "N*DEVICE[:tpN][:ppN][:epN][:prefill|:decode],...", "-f");
    readonly Option<string?> _price = CliOptions.Text("--price", "Dollars an hour of a chip [default: the catalogue's]", "$/H");
    readonly Option<string> _router = CliOptions.Choice("--router", "Who gets a request", "least-loaded", "round-robin", "least-kv", "prefix", "session");
    readonly Option<bool> _noCache = CliOptions.Flag("--no-prefix-cache", "Equal beginnings of prompts are computed again");
    readonly Option<int> _stepTokens = CliOptions.Int("--step-tokens", "Tokens in a step: the largest piece of prompts", 8192, 1, 1 << 20);
    readonly Option<int> _sequences = CliOptions.Int("--max-sequences", "Sequences that run together on a replica", 256, 1, 1 << 20);
    readonly Option<string?> _link = CliOptions.Text("--link", "Speed at which a replica hands computed prompts on [default: 50GB/s]", "BYTES/S");
    readonly Option<float?> _hop = CliOptions.Float("--link-latency", "Milliseconds until the first byte of them is there [default: 1]", 0, 1e6f);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_fleet);
        _model.AddTo(command);
        foreach (Option option in new Option[] { _price, _router, _noCache, _stepTokens, _sequences, _link, _hop })
        {
            command.Add(option);
        }

        _devices.AddTo(command);
    }

    /// <summary>Whether a fleet is named.</summary>
    public bool IsGiven(ParseResult parse) => parse.GetValue(_fleet) is not null;

    /// <summary>The fleet.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    public FleetOptions Fleet(ParseResult parse, ChosenLoad load)
    {
        string text = parse.GetValue(_fleet) ?? throw new UsageException("name a fleet with --fleet, as 4*8xh100 (millrace devices lists what there is)");
        DeviceCatalogue catalogue = _devices.Catalogue(parse);
        ModelWork model = _model.Model(parse);
        double? price = Amount(_price, parse);
        return new FleetOptions
        {
            Groups = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => Group(part, load.UsualTokens, name => (_devices.Device(parse, catalogue, name, _fleet), catalogue.Find(name)?.Chips), model, _model.Engine(parse), price))],
            Router = Enum.Parse<RouterPolicy>(parse.GetRequiredValue(_router).Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
            PrefixCache = !parse.GetValue(_noCache),
            StepTokens = parse.GetRequiredValue(_stepTokens),
            MaxSequences = parse.GetRequiredValue(_sequences),
            UsualTokens = load.UsualTokens,
            LongTokens = load.LongTokens,
            LinkBytesPerSecond = Amount(_link, parse) ?? 50e9,
            LinkLatency = (parse.GetValue(_hop) ?? 1) / 1e3,
        };
    }

    static ReplicaGroup Group(string text, int usual, Func<string, (DeviceSpec Device, int? Chips)> find, ModelWork model, string engine, double? price)
    {
        int star = text.IndexOf('*', StringComparison.Ordinal);
        string[] words = text[(star + 1)..].Split(':');
        if (!TryNumber(star < 0 ? "1" : text[..star], out int replicas) || words[0].Length == 0)
        {
            throw Bad(text);
        }

        (DeviceSpec device, int? chips) = find(words[0]);
        (int? tensor, int pipeline, int expert, ReplicaRole role) = (null, 1, 1, ReplicaRole.Both);
        foreach (string word in words.AsSpan(1))
        {
            bool number = TryNumber(word.Length > 2 ? word[2..] : "", out int value);
            _ = word switch
            {
                ['t', 'p', ..] when number => tensor = value,
                ['p', 'p', ..] when number => pipeline = value,
                ['e', 'p', ..] when number => expert = value,
                "prefill" => (int)(role = ReplicaRole.Prefill),
                "decode" => (int)(role = ReplicaRole.Decode),
                _ => throw Bad(text),
            };
        }

        if (tensor is null && chips % pipeline > 0 || tensor is { } asked && chips is { } named && asked * pipeline != named)
        {
            throw new UsageException($"--fleet: {chips} chips cannot be divided as '{text}' says");
        }

        if (DeviceChecks.WhyNot(device) is { } broken)
        {
            throw new PlanningException(broken);
        }

        if (tensor is null && chips is null && pipeline == 1)
        {
            return Smallest(device, model, engine, usual) is { } cost
                ? Priced(cost)
                : throw new PlanningException($"{text}: no division of {model.Name} over {device.Name} holds a request of {usual} tokens");
        }

        Parallelism parallel = new(tensor ?? Math.Max(1, (chips ?? 1) / pipeline), pipeline, expert);
        return Layouts.WhyNot(parallel, device, model) is { } reason
            ? throw new PlanningException($"{text}: {reason}")
            : Priced(CostModels.For(new Deployment(model, device, parallel, engine)));

        ReplicaGroup Priced(ICostModel cost) =>
            new(cost, replicas, (price ?? (device.DollarsPerHour.Count > 0 ? device.DollarsPerHour[0].Value : double.NaN)) * cost.Deployment.Parallel.Chips, role);
    }

    // The fewest chips on which a usual request fits beside the model.
    static ICostModel? Smallest(DeviceSpec device, ModelWork model, string engine, int usual)
    {
        PlanRequest request = new(model, usual, 1, new PlanTarget()) { Engine = engine };
        return Layouts.Groups(device, request).SelectMany(static group => group)
            .Select(parallel => CostModels.For(new Deployment(model, device, parallel, engine)))
            .FirstOrDefault(cost => cost.KvCapacityBytes >= model.KvBytes(usual));
    }

    static bool TryNumber(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value is > 0 and <= 100_000;

    static UsageException Bad(string text) => new($"--fleet: expected N*DEVICE, and behind it :tpN, :ppN, :epN, :prefill or :decode as wanted, found '{text}'");

    static double? Amount(Option<string?> option, ParseResult parse) => parse.GetValue(option) is not { } text
        ? null
        : Quantity.TryParse(text, out double value) ? value : throw new UsageException($"{option.Name}: expected a number above 0, found '{text}'");
}
