using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Cli.Plans;
using Millrace.Cli.Simulation;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;
using Millrace.Planning.Reports;
using Millrace.Planning.Simulation;
using Millrace.Scheduling;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>fleet</c>: the cheapest fleets that keep service levels under a load.</summary>
sealed class FleetCommand : Command
{
    readonly Terminal _terminal;
    readonly PlannedModelOptions _model = new();
    readonly DeviceOptions _devices = new();
    readonly LoadChoice _load = new();
    readonly Option<string?> _device = CliOptions.Text("--device", "Devices to choose from, in any spelling", "NAME,...", "-d");
    readonly Option<bool> _any = CliOptions.Flag("--any", "Choose from all devices of the catalogue");
    readonly Option<string[]> _slo = new("--slo") { Description = "What must be kept, in milliseconds: ttft:500 tpot:50 e2el:9000 [default: ttft:1000 tpot:50]", HelpName = "NAME:MS", AllowMultipleArgumentsPerToken = true };
    readonly Option<float?> _percent = CliOptions.Float("--percentile", "The percentile that must keep it [default: 99]", 1, 100);
    readonly Option<int[]?> _batches = CliOptions.Ints("--max-sequences", "Bounds on a replica's sequences to choose from", "32,64,128,256", 1);
    readonly Option<int> _stepTokens = CliOptions.Int("--step-tokens", "Tokens in a step", 8192, 1, 1 << 20);
    readonly Option<int> _chips = CliOptions.Int("--max-chips", "Most chips of a fleet", 4096, 1, 1 << 20);
    readonly Option<int> _top = CliOptions.Int("--top", "Offers, each of another device or precision", 8, 1, 1000);
    readonly Option<string?> _price = CliOptions.Text("--price", "Dollars an hour of a chip [default: the catalogue's]", "$/H");
    readonly Option<string> _format = CliOptions.Choice("--format", "What to print", "table", "json");
    readonly Option<string?> _html = CliOptions.Text("--html", "Also writes a report with the frontier, one file", "FILE");

    public FleetCommand(Terminal terminal)
        : base("fleet", "Finds the cheapest fleet that keeps service levels under a load, by simulation")
    {
        _terminal = terminal;
        _model.AddTo(this);
        foreach (Option option in new Option[] { _device, _any, _slo, _percent, _batches, _stepTokens, _chips, _top, _price, _format, _html })
        {
            Add(option);
        }

        _load.AddTo(this);
        _devices.AddTo(this);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        ChosenLoad load = _load.Load(parse);
        FleetRequest request = Request(parse, load);
        using Interrupt interrupt = new();
        FleetSearch search = new FleetPlanner(CostModels.For).Search(request, Notice, interrupt.Token);
        if (search.Offers.Count == 0)
        {
            throw new PlanningException($"no fleet: {string.Join("; ", search.Refused)}");
        }

        if (parse.GetRequiredValue(_format) == "json")
        {
            WriteJson(load, search);
        }
        else
        {
            WriteTable(load, request, search);
        }

        if (parse.GetValue(_html) is { } path)
        {
            string html = FleetReport.Html(load.Name, request, search, "Made by millrace fleet; docs/simulation.md says what the figures mean.");
            OutputFile.Write(path, partial => File.WriteAllText(partial, html, Terminal.Utf8));
        }
    }

    FleetRequest Request(ParseResult parse, ChosenLoad load)
    {
        string[] levels = parse.GetValue(_slo) is { Length: > 0 } given ? given : ["ttft:1000", "tpot:50"];
        double? price = parse.GetValue(_price) is not { } text ? null
            : Quantity.TryParse(text, out double dollars) ? dollars
            : throw new UsageException($"--price: expected dollars above 0, found '{text}'");
        return new FleetRequest([.. load.Requests], TargetTexts.Parse("--slo", levels)(ServiceClass.Standard))
        {
            Devices = Devices(parse),
            Models = [.. _model.Precisions(parse).Select(precision => _model.Model(parse, precision: precision))],
            Percent = parse.GetValue(_percent) ?? 99,
            Batches = parse.GetValue(_batches)!,
            StepTokens = parse.GetRequiredValue(_stepTokens),
            MostChips = parse.GetRequiredValue(_chips),
            Offers = parse.GetRequiredValue(_top),
            Engine = _model.Engine(parse),
            DollarsPerHour = price,
        };
    }

    DeviceSpec[] Devices(ParseResult parse)
    {
        DeviceCatalogue catalogue = _devices.Catalogue(parse);
        string? names = parse.GetValue(_device);
        return (names, parse.GetValue(_any)) switch
        {
            (null, true) => [.. catalogue.Devices],
            ({ } list, false) => [.. list.Split(',', StringSplitOptions.TrimEntries).Select(name => _devices.Device(parse, catalogue, name, _device)).DistinctBy(static device => device.Id)],
            _ => throw new UsageException("name devices with --device, or take all with --any (millrace devices lists them)"),
        };
    }

    void Notice(FleetOffer offer)
    {
        if (_terminal.ErrorIsTerminal)
        {
            _terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(offer.MeetsTargets ? "keeps it" : "misses it")}: {Units.Dollars(offer.DollarsPerHour)}/h, {offer.Group.Count} × {offer.Group.Cost.Deployment.Device.Id} {Layouts.Name(offer.Group.Cost.Deployment.Parallel)}"));
        }
    }

    void WriteTable(ChosenLoad load, FleetRequest request, FleetSearch search)
    {
        _terminal.Out.WriteLine(FleetReport.Headline(request, search));
        _terminal.Out.WriteLine($"{load.Name}; {FleetReport.Wanted(request)}; of {search.Considered} kinds of replicas {search.Simulated.Count} fleets were simulated");
        Table table = Tables.New([.. FleetReport.Columns]);
        foreach (FleetOffer offer in search.Offers)
        {
            table.Add([.. FleetReport.Row(offer)]);
        }

        _terminal.Write(table);
        foreach (string reason in search.Refused)
        {
            _terminal.Out.WriteLine($"not: {reason}");
        }
    }

    void WriteJson(ChosenLoad load, FleetSearch search)
    {
        JsonObject json = new()
        {
            ["load"] = load.Name,
            ["considered"] = search.Considered,
            ["simulated"] = search.Simulated.Count,
            ["offers"] = new JsonArray([.. search.Offers.Select(Json)]),
            ["refused"] = new JsonArray([.. search.Refused.Select(reason => (JsonNode)reason)]),
        };
        _terminal.Out.WriteLine(json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    static JsonNode Json(FleetOffer offer) => new JsonObject
    {
        ["device"] = offer.Group.Cost.Deployment.Device.Id,
        ["replicas"] = offer.Group.Count,
        ["division"] = Layouts.Name(offer.Group.Cost.Deployment.Parallel),
        ["chips"] = offer.Chips,
        ["weights"] = offer.Group.Cost.Deployment.Model.Weights.ToString(),
        ["max_sequences"] = offer.Options.MaxSequences,
        ["dollars_per_hour"] = offer.DollarsPerHour,
        ["dollars_per_million_output"] = offer.Result.DollarsPerMillionOutput,
        ["ttft"] = offer.Ttft,
        ["tpot"] = offer.Tpot,
        ["utilisation"] = offer.Result.Groups[0].Utilisation,
        ["joules_per_token"] = double.IsFinite(offer.Result.JoulesPerToken) ? offer.Result.JoulesPerToken : null,
        ["error"] = offer.Group.Cost.Error.Basis,
    };
}
