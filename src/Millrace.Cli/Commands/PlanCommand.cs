using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Plans;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;
using Millrace.Planning.Reports;

namespace Millrace.Cli.Commands;

/// <summary><c>plan</c>: what hardware would make of a model, with the error beside each figure.</summary>
sealed class PlanCommand : Command
{
    const int MostColumns = 4;

    readonly Terminal _terminal;
    readonly PlanOptions _options = new();
    readonly Option<string> _format = CliOptions.Choice("--format", "What to print", "table", "json", "csv");
    readonly Option<string?> _schedule = new("--schedule") { Description = "Also prints what each unit of an LPU does from cycle to cycle, of one chip or of each stage's first; of wafers, what lies where", HelpName = "CHIP", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _html = CliOptions.Text("--html", "Also writes a report with plots, one file", "FILE");

    readonly Option<string?> _points = CliOptions.Text("--points", "Predicts the rows of a table of measurements, a JSON array, each in its own metric: prints a JSON object a line", "FILE");
    readonly Option<string?> _calibration = CliOptions.Text("--calibration", "What millrace calibrate stored [default: that of the public measurements]", "FILE");

    public PlanCommand(Terminal terminal)
        : base("plan", "Predicts what hardware makes of a model: latency, throughput, price and energy, each with its error")
    {
        _terminal = terminal;
        _options.AddTo(this);
        Add(_format);
        Add(_points);
        Add(_calibration);
        Add(_html);
        Add(_schedule);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        Calibration? calibration = parse.GetValue(_calibration) is { } stored ? Calibration.Load(stored) : null;
        if (parse.GetValue(_points) is { } points)
        {
            PointsRun.Run(points, calibration ?? Calibration.BuiltIn, _options.Catalogue(parse), _terminal.Out);
            return;
        }

        IReadOnlyList<(DeviceSpec Device, int? Chips)> devices = _options.Devices(parse);
        int? chip = Schedule(parse, devices);
        Planner planner = new(new CostOf(_terminal, calibration).For);
        IReadOnlyList<Plan> plans = [.. planner.Rank(devices, _options.Request(parse)).Select(static plan => plan.Simulated())];
        bool hasPlan = plans[0].Fits;
        string format = parse.GetRequiredValue(_format);
        if (format == "json")
        {
            PlanOutput.WriteJson(_terminal, plans);
        }
        else if (format == "csv")
        {
            PlanOutput.WriteCsv(_terminal, plans);
        }
        else if (hasPlan)
        {
            WriteTable(parse, plans);
            if (parse.GetResult(_schedule) is not null)
            {
                ScheduleOutput.Write(_terminal, plans[0], chip);
            }
        }

        if (parse.GetValue(_html) is { } path)
        {
            string html = PlanReport.Html(plans, "Made by millrace plan; docs/planning.md says what the figures mean.");
            OutputFile.Write(path, partial => File.WriteAllText(partial, html, Terminal.Utf8));
        }

        if (!hasPlan)
        {
            throw new PlanningException($"no plan: {string.Join("; ", plans.Select(static plan => plan.Reason))}");
        }

        if (!plans[0].MeetsTarget && _options.HasTarget(parse))
        {
            throw new PlanningException($"the target is out of reach: {plans[0].Device.Name} {plans[0].Reason}");
        }
    }

    // Asked for before anything is planned, so that a wrong use says nothing else.
    int? Schedule(ParseResult parse, IReadOnlyList<(DeviceSpec Device, int? Chips)> devices)
    {
        if (parse.GetResult(_schedule) is not null && (devices.Count != 1 || !SramLayouts.Are(devices[0].Device)))
        {
            throw new UsageException("--schedule is of one device that is scheduled before it runs: an LPU or wafers");
        }

        return parse.GetValue(_schedule) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int chip) ? chip
            : throw new UsageException($"--schedule: expected the number of a chip, found '{text}'");
    }

    void WriteTable(ParseResult parse, IReadOnlyList<Plan> plans)
    {
        if (plans.Count == 1)
        {
            PlanOutput.WriteOne(_terminal, plans[0]);
        }
        else if (plans.Count <= MostColumns && !_options.IsAny(parse))
        {
            PlanOutput.WriteColumns(_terminal, plans);
        }
        else
        {
            PlanOutput.WriteRows(_terminal, plans);
        }
    }
}
