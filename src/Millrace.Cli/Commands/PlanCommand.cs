using System.CommandLine;
using Millrace.Cli.Plans;
using Millrace.Planning;
using Millrace.Planning.Costs;
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
    readonly Option<string?> _html = CliOptions.Text("--html", "Also writes a report with plots, one file", "FILE");

    public PlanCommand(Terminal terminal)
        : base("plan", "Predicts what hardware makes of a model: latency, throughput, price and energy, each with its error")
    {
        _terminal = terminal;
        _options.AddTo(this);
        Add(_format);
        Add(_html);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        PlanRequest request = _options.Request(parse);
        Planner planner = new(CostModels.For);
        IReadOnlyList<Plan> plans = [.. planner.Rank(_options.Devices(parse), request).Select(static plan => plan.Simulated())];
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
