using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;

namespace Millrace.Planning.Reports;

/// <summary>The figures of plans.</summary>
public static class PlanPlots
{
    const int MostChoices = 7;

    /// <summary>What users gain when they are fewer: tokens in a second of all against the time of each, over batches; other divisions of as many chips beside the chosen one.</summary>
    public static Plot Frontier(Plan plan)
    {
        List<PlotSeries> others = [];
        foreach (SteadyState other in plan.Choices.Where(choice => choice.Cost.Deployment.Parallel != plan.Parallel).OrderBy(static choice => choice.At(1).Tpot).Take(MostChoices - 1))
        {
            int replicas = plan.Chips / other.Cost.Deployment.Parallel.Chips;
            others.Add(new PlotSeries(Name(replicas, other), others.Count + 1, PlotStyle.Thin, [.. Sweep(other).Select(point => new PlotPoint(point.Tpot * 1e3, point.TokensPerSecond * replicas))]));
        }

        PlotSeries chosen = Throughput(PlanTable.Division(plan), 0, plan, labels: true);
        PlotSeries here = new("this plan", 0, PlotStyle.Marked, [ThroughputPoint(plan, plan.Point!, null)]);
        return new Plot(
            "Latency and throughput",
            new PlotAxis("ms per token of each user", IsLog: true),
            new PlotAxis("output tokens/s in all", IsLog: true),
            [.. others, chosen, here],
            "Along each line the users at once double; further left is faster for each, further up is more for all. The band is the range of the calibration.");
    }

    /// <summary>The chosen divisions of several devices: what a token costs against the time it takes, over batches.</summary>
    public static Plot Prices(IReadOnlyList<Plan> plans) => new(
        "Latency and price",
        new PlotAxis("ms per token of each user", IsLog: true),
        new PlotAxis("$ per million output tokens", IsLog: true),
        [.. Each(plans, (plan, color) => new PlotSeries(Short(plan), color, PlotStyle.Line, [.. Sweep(plan.State!).Select(point => PricePoint(plan, point, point.Tpot * 1e3))])), .. Each(plans, (plan, color) => new PlotSeries("", color, PlotStyle.Marked, [PricePoint(plan, plan.Point!, plan.Point!.Tpot * 1e3)]))],
        "Down and to the left is better. Along each line the users at once double; large points are the plans.");

    /// <summary>The chosen divisions of several devices: throughput against latency.</summary>
    public static Plot Frontiers(IReadOnlyList<Plan> plans) => new(
        "Latency and throughput",
        new PlotAxis("ms per token of each user", IsLog: true),
        new PlotAxis("output tokens/s in all", IsLog: true),
        [.. Each(plans, (plan, color) => Throughput(Short(plan), color, plan, labels: false)), .. Each(plans, (plan, color) => new PlotSeries("", color, PlotStyle.Marked, [ThroughputPoint(plan, plan.Point!, null)]))],
        "Of all chips of each plan; large points are the plans.");

    /// <summary>What a million tokens cost when as many chips serve fewer or more users.</summary>
    public static Plot CostAgainstLoad(IReadOnlyList<Plan> plans)
    {
        bool one = plans.Count == 1;
        List<PlotSeries> series = [.. Each(plans, (plan, color) => new PlotSeries(one ? "output tokens" : Short(plan), color, PlotStyle.Line, [.. Sweep(plan.State!).Select(point => PricePoint(plan, point, (double)point.Batch * plan.Replicas))]))];
        if (one && plans[0] is { State: { } state, DollarsPerChipHour: { } price } only)
        {
            series.Add(new PlotSeries("input tokens", 1, PlotStyle.Line, [.. Sweep(state).Select(point => Priced(only, point, (double)point.Batch * only.Replicas, Plan.Split(price * only.Parallel.Chips, point, state).Input))]));
        }

        series.AddRange(Each(plans, (plan, color) => new PlotSeries(one ? "this plan" : "", color, PlotStyle.Marked, [PricePoint(plan, plan.Point!, plan.Users)])));
        return new Plot("Cost against load", new PlotAxis("users at once", IsLog: true), new PlotAxis("$ per million tokens", IsLog: true), series, "The chips cost the same whether few or many use them, up to what their memory has room for.");
    }

    /// <summary>What a token's time is made of, by load.</summary>
    public static Plot Parts(Plan plan)
    {
        (string Name, Func<StepTime, double> Part)[] parts = [("weights", static step => step.Weights), ("KV", static step => step.Kv), ("compute", static step => step.Compute), ("link", static step => step.Link), ("fixed costs", static step => step.Fixed)];
        OperatingPoint[] sweep = [.. Sweep(plan.State!)];
        return new Plot(
            "What a token's time is made of",
            new PlotAxis("users at once", IsLog: true),
            new PlotAxis("ms per token", IsLog: true),
            [
                .. parts.Select((part, color) => new PlotSeries(part.Name, color + 1, PlotStyle.PlainLine, [.. sweep.Select(point => new PlotPoint((double)point.Batch * plan.Replicas, part.Part(point.Step) * 1e3))])),
                new PlotSeries("in all", 0, PlotStyle.Line, [.. sweep.Select(point => Timed(plan, point))]),
            ],
            "The uppermost of the thin lines is the bound. Prompts of other users count with the tokens that wait for them.");
    }

    /// <summary>The chosen divisions of several devices: energy of a token against the time it takes.</summary>
    public static Plot Energies(IReadOnlyList<Plan> plans) => new(
        "Latency and energy",
        new PlotAxis("ms per token of each user", IsLog: true),
        new PlotAxis("J per output token", IsLog: true),
        [.. Each(plans, (plan, color) => new PlotSeries(Short(plan), color, PlotStyle.Line, [.. Sweep(plan.State!).Select(point => EnergyPoint(plan, point))])), .. Each(plans, (plan, color) => new PlotSeries("", color, PlotStyle.Marked, [EnergyPoint(plan, plan.Point!)]))],
        "With the share of the prompt. Devices without a known power are left out.");

    /// <summary>Where steps lie under a chip's roof (Williams et al. 2009).</summary>
    public static Plot Roofline(Plan plan)
    {
        (DeviceSpec device, SteadyState state, int batch) = (plan.Device, plan.State!, plan.Point!.Batch);
        NumberType units = DataSheet.Units(device, plan.Request.Model.Weights) ?? device.Peaks.MaxBy(static peak => peak.Value.Value).Key;
        (double bandwidth, double peak) = (device.MainMemory.BytesPerSecond!.Value, device.Peaks[units].Value);
        List<PlotPoint> points = [];
        foreach (int users in new[] { 1, batch, state.Largest }.Distinct())
        {
            (StepTime time, StepWork work) = state.Decode(users);
            points.Add(RoofPoint(plan, time, work, users, Text($"decode, {users:#,0} {(users == 1 ? "user" : "users")}")));
        }

        (StepTime prefill, StepWork prompt) = state.Prefill();
        points.Add(RoofPoint(plan, prefill, prompt, 1, Text($"prompt of {prompt.Tokens:#,0}")));
        double knee = peak / bandwidth;
        double left = Math.Min(points.Min(static point => point.X) / 2, knee / 10);
        double right = Math.Max(points.Max(static point => point.X) * 2, knee * 10);
        return new Plot(
            "Roofline of a chip",
            new PlotAxis("operations per byte read", IsLog: true),
            new PlotAxis("operations/s of a chip", IsLog: true),
            [
                new PlotSeries(Text($"{Units.Scaled(bandwidth, "B")}/s, {Units.Scaled(peak, "op")}/s of {units.ToString().ToLowerInvariant()} units"), 1, PlotStyle.Dashed, [new(left, left * bandwidth), new(knee, peak), new(right, peak)]),
                new PlotSeries("predicted steps", 0, PlotStyle.Points, points),
            ],
            "The broken line is what memory and arithmetic allow: the peak that prices count with, of the units that weights of this type are multiplied by. What lies below it is lost to links, fixed costs and what kernels leave.");
    }

    /// <summary>Batches from 1 to the largest, each twice the one before.</summary>
    public static IEnumerable<OperatingPoint> Sweep(SteadyState state)
    {
        for (int batch = 1; batch < state.Largest; batch *= 2)
        {
            yield return state.At(batch);
        }

        yield return state.At(state.Largest);
    }

    // With a pipeline as many steps are in flight at once as it has stages, or as there are sequences.
    static PlotPoint RoofPoint(Plan plan, StepTime time, StepWork work, int batch, string label)
    {
        int groups = Math.Clamp(plan.State!.Cost.Stages, 1, batch);
        double rate = work.Flops * groups / (time.Seconds * plan.Parallel.Chips);
        return new PlotPoint(work.Flops / (work.WeightBytes + work.KvBytesRead + work.KvBytesWritten), rate, label, $"{label}: {Units.Time(time.Seconds)}, {time.Bound}");
    }

    static PlotSeries Throughput(string name, int color, Plan plan, bool labels) => new(name, color, PlotStyle.Line, [.. Sweep(plan.State!).Select(point => ThroughputPoint(plan, point, labels ? Text($"{(long)point.Batch * plan.Replicas:#,0}") : null))]);

    static PlotPoint ThroughputPoint(Plan plan, OperatingPoint point, string? label)
    {
        double tokens = point.TokensPerSecond * plan.Replicas;
        Estimate range = Estimate.OfRate(tokens, plan.Error!);
        return new PlotPoint(point.Tpot * 1e3, tokens, label, Text($"{(long)point.Batch * plan.Replicas:#,0} users: {Units.Time(point.Tpot)}/token, {Units.Count(tokens)} tokens/s")) { Low = range.Low, High = range.High };
    }

    static PlotPoint Timed(Plan plan, OperatingPoint point)
    {
        Estimate range = Estimate.Of(point.Tpot * 1e3, plan.Error!);
        return new PlotPoint((double)point.Batch * plan.Replicas, range.Value) { Low = range.Low, High = range.High };
    }

    static PlotPoint EnergyPoint(Plan plan, OperatingPoint point)
    {
        Estimate range = Estimate.Of(point.Watts / point.TokensPerSecond, plan.Error!);
        return new PlotPoint(point.Tpot * 1e3, range.Value) { Low = range.Low, High = range.High };
    }

    static PlotPoint PricePoint(Plan plan, OperatingPoint point, double x) => plan.DollarsPerChipHour is { } price
        ? Priced(plan, point, x, Plan.Split(price * plan.Parallel.Chips, point, plan.State!).Output)
        : new PlotPoint(x, double.NaN);

    static PlotPoint Priced(Plan plan, OperatingPoint point, double x, double dollars)
    {
        Estimate range = Estimate.Of(dollars, plan.Error!);
        return new PlotPoint(x, dollars, null, Text($"{(long)point.Batch * plan.Replicas:#,0} users: {Units.Time(point.Tpot)}/token, {Units.Dollars(dollars)}/1M")) { Low = range.Low, High = range.High };
    }

    static IEnumerable<PlotSeries> Each(IReadOnlyList<Plan> plans, Func<Plan, int, PlotSeries> series) => plans.Select(series);

    static string Short(Plan plan) => Text($"{plan.Chips:#,0} × {plan.Device.Id}");

    static string Name(int replicas, SteadyState state) => Text($"{(replicas > 1 ? Text($"{replicas} × ") : "")}{Layouts.Name(state.Cost.Deployment.Parallel)}");

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
