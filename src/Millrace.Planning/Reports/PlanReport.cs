using System.Globalization;
using Millrace.Planning.Plans;

namespace Millrace.Planning.Reports;

/// <summary>Plans as a page in one file.</summary>
public static class PlanReport
{
    const int MostPlotted = 6;

    /// <summary>The page of one plan, or of several side by side, the best first.</summary>
    /// <param name="plans">At least one.</param>
    /// <param name="footer">Its last line: what made it.</param>
    public static string Html(IReadOnlyList<Plan> plans, string footer)
    {
        Plan[] fit = [.. plans.Where(static plan => plan.Fits)];
        PlanRequest request = plans[0].Request;
        string asked = Text($"{request.Input:#,0} tokens of prompt, {request.Output:#,0} of answer{(request.Target.IsEmpty ? "" : $"; target: {request.Target}")}");
        HtmlReport page = new(plans.Count == 1 ? $"{PlanTable.ModelName(plans[0])} on {PlanTable.ChipsName(plans[0])}" : $"{PlanTable.ModelName(plans[0])} on {plans.Count} devices");
        page.Paragraph(asked).Headline($"{(plans.Count > 1 && plans[0].Fits ? "Best: " : "")}{PlanTable.Headline(plans[0])}");
        if (plans.Count > 1 && request.Note.Length > 0)
        {
            page.Paragraph($"{request.Model.Name}: {request.Note}");
        }

        if (plans.Count == 1)
        {
            WriteOne(page, plans[0]);
        }
        else
        {
            WriteSeveral(page, plans, fit);
        }

        return page.ToHtml(footer);
    }

    static void WriteOne(HtmlReport page, Plan plan)
    {
        if (plan is not { Fits: true, Point: { } point, Memory: { } memory, Error: { } error })
        {
            return;
        }

        if (plan.Reason is { } missed)
        {
            page.Paragraph($"The target is out of reach: {missed}.", isBad: true);
        }

        page.Tiles(Tiles(plan));
        page.Paragraph(error.IsCalibrated
            ? $"Ranges are where nine of ten measurements lie: {PlanTable.Band(error)} of the time, by {error.Basis}; median error {Units.Percent(error.Median)}."
            : $"Ranges are wide because too few measurements of this device are public: {error.Basis}.");
        page.Figures(PlanPlots.Frontier(plan), PlanPlots.CostAgainstLoad([plan]), PlanPlots.Roofline(plan), PlanPlots.Parts(plan));
        page.Heading("Where the time of a step goes").Bar([.. PlanFields.Parts(point.Step)]);
        double kv = memory.KvOfSequence * point.Batch;
        page.Heading($"Where the memory of a replica goes: {Units.Bytes(memory.Memory)}").Bar([("weights", memory.Weights), ("keys and values of these users", kv), ("room for more users", memory.KvCapacity - kv), ("kept for the engine", memory.Memory - memory.Weights - memory.KvCapacity)]);
        page.Heading("All figures").Table(["<figure", "value", "<<range or part"], PlanTable.Rows(plan).Select(static row => new[] { row.Name, row.Value, row.Detail }));
        if (plan.Device.Notes.Length > 0)
        {
            page.Paragraph($"{plan.Device.Name}: {plan.Device.Notes}");
        }
    }

    static void WriteSeveral(HtmlReport page, IReadOnlyList<Plan> plans, Plan[] fit)
    {
        Plan[] shown = [.. fit.Take(MostPlotted)];
        if (shown.Length > 0)
        {
            page.Figures(PlanPlots.Prices(shown), PlanPlots.Frontiers(shown), PlanPlots.CostAgainstLoad(shown), PlanPlots.Energies(shown));
            if (shown.Length < fit.Length)
            {
                page.Paragraph(Text($"The figures show the first {shown.Length} of the {fit.Length} that fit."));
            }

            string[] columns = ["<<device", "chips", "<division", "users", "per token", "$/1M output", "$/1M input", "first token", "tokens/s", "J/token", "<bound", "range", "<<note"];
            string[][] rows = [.. fit.Select(Row)];
            int shownColumns = rows.All(static row => row[^1].Length == 0) ? columns.Length - 1 : columns.Length; // an empty column takes room
            page.Heading("Side by side, the best first").Table(columns[..shownColumns], rows.Select(row => row[..shownColumns]), best: fit[0].MeetsTarget ? 0 : -1);
        }

        Plan[] unfit = [.. plans.Where(static plan => !plan.Fits)];
        if (unfit.Length > 0)
        {
            page.Heading("No plan").Table(["<device", "<<why"], unfit.Select(static plan => new[] { plan.Device.Name, plan.Reason ?? "" }));
        }
    }

    static IEnumerable<(string, string, string)> Tiles(Plan plan)
    {
        yield return (Units.Time(plan.Tpot!.Value.Value), "per token, each user", $"{Units.Time(plan.Tpot.Value.Low)} to {Units.Time(plan.Tpot.Value.High)}");
        if (plan is { DollarsPerMillionOutput: { } output, DollarsPerMillionInput: { } input, DollarsPerHour: { } hour })
        {
            yield return (Units.Dollars(output.Value), "per 1M output tokens", $"{Units.Dollars(output.Low)} to {Units.Dollars(output.High)}");
            yield return (Units.Dollars(input.Value), "per 1M input tokens", $"{Units.Dollars(hour)} per hour in all");
        }

        yield return (Units.Time(plan.Ttft!.Value.Value), "to the first token, alone", plan.LoadedTtft(90) is { } late ? $"under load p90 {Units.Time(late.Value)}" : $"{Units.Time(plan.Ttft.Value.Low)} to {Units.Time(plan.Ttft.Value.High)}");
        yield return (Units.Count(plan.TokensPerSecond!.Value.Value), "output tokens/s in all", Text($"{plan.Users:#,0} users at once"));
        if (plan is { JoulesPerToken: { } joules, Watts: { } watts })
        {
            yield return ($"{Units.Digits(joules.Value)} J", "per output token", $"{Units.Scaled(watts, "W")} in all");
        }

        yield return (plan.Point!.Step.Bound, "is what binds", PlanTable.Shares(plan.Point.Step).Split(',')[0]);
    }

    static string[] Row(Plan plan) =>
    [
        plan.Device.Name,
        Text($"{plan.Chips:#,0}"),
        PlanTable.Division(plan),
        Text($"{plan.Users:#,0}"),
        Units.Time(plan.Tpot!.Value.Value),
        plan.DollarsPerMillionOutput is { } output ? Units.Dollars(output.Value) : "unknown",
        plan.DollarsPerMillionInput is { } input ? Units.Dollars(input.Value) : "unknown",
        Units.Time(plan.Ttft!.Value.Value),
        Units.Count(plan.TokensPerSecond!.Value.Value),
        plan.JoulesPerToken is { } joules ? Units.Digits(joules.Value) : "unknown",
        plan.Point!.Step.Bound,
        PlanTable.Band(plan.Error!),
        plan.Reason ?? (plan.Error!.IsCalibrated ? "" : "uncalibrated"),
    ];

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
