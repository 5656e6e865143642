using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Cli.Plans;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Plans;
using Millrace.Planning.Simulation;
using Spectre.Console;

namespace Millrace.Cli.Simulation;

/// <summary>What a simulation found, as a person or a program reads it. The same run always prints the same.</summary>
static class FleetOutput
{
    static readonly double[] Percents = [50, 90, 95, 99];

    /// <summary>The sentence to read first, latencies, and what each group of replicas did.</summary>
    public static void WriteTables(Terminal terminal, ChosenLoad load, FleetOptions options, FleetResult result)
    {
        terminal.Out.WriteLine($"{load.Name} on {Words(options)}");
        terminal.Out.WriteLine(Headline(result));
        Table latencies = Tables.New("", ">mean", ">p50", ">p90", ">p95", ">p99", ">max");
        Add(latencies, "time to first token", result.Ttft);
        Add(latencies, "time per token after it", result.Tpot);
        Add(latencies, "gap between tokens", result.Itl.Mean, result.Itl.Percentile, result.Itl.Max);
        Add(latencies, "end to end", result.E2e);
        terminal.Write(latencies);
        if (result.Classes.Count > 1 || result.Classes.Any(of => TargetTexts.Words(of.Targets).Length > 0))
        {
            terminal.Write(Classes(result));
        }

        terminal.Write(Groups(result));
        WriteSums(terminal, options, result);
    }

    /// <summary>All figures as one JSON object; times in seconds.</summary>
    public static void WriteJson(Terminal terminal, ChosenLoad load, FleetOptions options, FleetResult result)
    {
        JsonObject json = new()
        {
            ["load"] = load.Name,
            ["fleet"] = Words(options),
            ["router"] = options.Router.ToString(),
            ["seconds"] = result.Seconds,
            ["requests"] = result.Requests,
            ["completed"] = result.Completed,
            ["rejected"] = result.Rejected,
            ["kept"] = result.Kept,
            ["goodput"] = result.Goodput,
            ["input_tokens"] = result.InputTokens,
            ["output_tokens"] = result.OutputTokens,
            ["cached_share"] = result.CachedShare,
            ["preemptions"] = result.Preemptions,
            ["recomputed_tokens"] = result.RecomputedTokens,
            ["steps"] = result.Steps,
            ["ttft"] = Json(result.Ttft),
            ["tpot"] = Json(result.Tpot),
            ["itl"] = Json(result.Itl.Mean, result.Itl.Percentile, result.Itl.Max),
            ["e2e"] = Json(result.E2e),
            ["classes"] = new JsonArray([.. result.Classes.Select(of => (JsonNode)new JsonObject
            {
                ["class"] = of.Class.ToString(),
                ["requests"] = of.E2e.Count,
                ["kept"] = of.Kept,
                ["ttft"] = Json(new Statistics(of.Ttft)),
                ["tpot"] = Json(new Statistics(of.Tpot)),
                ["itl"] = Json(of.Itl.Mean, of.Itl.Percentile, of.Itl.Max),
                ["e2e"] = Json(new Statistics(of.E2e)),
            })]),
            ["groups"] = new JsonArray([.. result.Groups.Select(group => (JsonNode)new JsonObject
            {
                ["replicas"] = group.Group.Count,
                ["device"] = group.Group.Cost.Deployment.Device.Id,
                ["chips"] = group.Group.Cost.Deployment.Parallel.Chips,
                ["division"] = Layouts.Name(group.Group.Cost.Deployment.Parallel),
                ["role"] = group.Group.Role.ToString(),
                ["utilisation"] = group.Utilisation,
                ["mean_batch"] = group.Usage.MeanBatch,
                ["kv_tokens"] = group.KvTokens,
                ["mean_kv"] = group.Usage.MeanKv,
                ["peak_kv"] = group.Usage.PeakKv,
                ["joules"] = Number(group.Joules),
                ["error"] = group.Group.Cost.Error.Basis,
            })]),
            ["dollars_per_hour"] = Number(result.DollarsPerHour),
            ["dollars_per_million_output"] = Number(result.DollarsPerMillionOutput),
            ["dollars_per_million"] = Number(result.DollarsPerMillion),
            ["joules_per_token"] = Number(result.JoulesPerToken),
        };
        terminal.Out.WriteLine(json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    static string Words(FleetOptions options) => string.Join(" and ", options.Groups.Select(group =>
    {
        Deployment replica = group.Cost.Deployment;
        string role = group.Role switch { ReplicaRole.Prefill => " for prompts", ReplicaRole.Decode => " for answers", _ => "" };
        return string.Create(CultureInfo.InvariantCulture, $"{group.Count} × {replica.Device.Name} {Layouts.Name(replica.Parallel)}{role}");
    })) + $", {options.Groups[0].Cost.Deployment.Model.Name} {options.Groups[0].Cost.Deployment.Model.Weights.ToString().ToLowerInvariant()}";

    static string Headline(FleetResult result)
    {
        string targets = TargetTexts.Words(result.Classes.Count > 0 ? result.Classes[^1].Targets : new Targets());
        string kept = targets.Length == 0 ? $"{result.Completed} of {result.Requests} requests answered" : string.Create(CultureInfo.InvariantCulture,
            $"{(double)result.Kept / Math.Max(1, result.Requests) * 100:0.##} % of {result.Requests} requests keep {targets}: {result.Goodput:0.###} a second");
        return $"{kept}; first token after {Units.Time(result.Ttft.Percentile(50))}, {Units.Time(result.Tpot.Percentile(50))} per token (medians){(double.IsNaN(result.DollarsPerHour) ? "" : $"; {Units.Dollars(result.DollarsPerMillionOutput)}/1M output tokens")}";
    }

    static void WriteSums(Terminal terminal, FleetOptions options, FleetResult result)
    {
        double seconds = Math.Max(result.Seconds, double.Epsilon);
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"throughput: {result.Completed / seconds:0.###} requests/s, {Units.Count(result.OutputTokens / seconds)} output and {Units.Count(result.InputTokens / seconds)} input tokens/s over {Units.Time(result.Seconds)}"));
        terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"cache: {Units.Percent(result.CachedShare)} of prompt tokens found; {result.Preemptions} preemptions, {result.RecomputedTokens} tokens computed again{(result.Rejected > 0 ? $"; {result.Rejected} requests fit nowhere" : "")}"));
        terminal.Out.WriteLine(double.IsNaN(result.DollarsPerHour)
            ? "price: not known for all devices (--price sets it)"
            : $"price: {Units.Dollars(result.DollarsPerHour)}/h, {Units.Dollars(result.DollarsPerMillionOutput)}/1M output tokens, {Units.Dollars(result.DollarsPerMillion)}/1M tokens in and out");
        terminal.Out.WriteLine(double.IsFinite(result.Joules) ? $"energy: {Units.Digits(result.JoulesPerToken)} J per output token, {Units.Scaled(result.Joules / seconds, "W")} on average" : "energy: not known for all devices");
        foreach (ErrorBand error in options.Groups.Select(group => group.Cost.Error).DistinctBy(error => error.Basis))
        {
            terminal.Out.WriteLine($"error of step times: {error.Basis}; nine of ten measurements within {Units.Percent(error.Low - 1)} to +{Units.Percent(error.High - 1)}");
        }
    }

    static Table Classes(FleetResult result)
    {
        Table table = Tables.New("class", ">requests", ">kept", "of", ">TTFT p50", ">TTFT p99", ">TPOT p50", ">TPOT p99", ">gap p99", ">E2E p99");
        foreach (Latencies of in result.Classes.Reverse())
        {
            (Statistics ttft, Statistics tpot, Statistics e2e) = (new(of.Ttft), new(of.Tpot), new(of.E2e));
            table.Add(
                of.Class.ToString().ToLowerInvariant(), Whole(of.E2e.Count), Units.Percent((double)of.Kept / of.E2e.Count), TargetTexts.Words(of.Targets) is { Length: > 0 } words ? words : "no targets",
                Units.Time(ttft.Percentile(50)), Units.Time(ttft.Percentile(99)), Units.Time(tpot.Percentile(50)), Units.Time(tpot.Percentile(99)), Units.Time(of.Itl.Percentile(99)), Units.Time(e2e.Percentile(99)));
        }

        return table;
    }

    static Table Groups(FleetResult result)
    {
        Table table = Tables.New(">replicas", "device", "division", "for", ">busy", ">mean batch", ">KV tokens", ">KV held", ">at most", ">$/h", ">W each");
        foreach (GroupResult group in result.Groups)
        {
            Deployment replica = group.Group.Cost.Deployment;
            table.Add(
                Whole(group.Group.Count), replica.Device.Id, Layouts.Name(replica.Parallel), group.Group.Role switch { ReplicaRole.Prefill => "prompts", ReplicaRole.Decode => "answers", _ => "both" },
                Units.Percent(group.Utilisation), Units.Digits(group.Usage.MeanBatch), Units.Count(group.KvTokens), Units.Percent(group.Usage.MeanKv), Units.Percent(group.Usage.PeakKv),
                double.IsNaN(group.Group.DollarsPerHour) ? "?" : Units.Dollars(group.Group.Count * group.Group.DollarsPerHour), double.IsFinite(group.Joules) ? Units.Digits(group.Joules / result.Seconds / group.Group.Count) : "?");
        }

        return table;
    }

    static void Add(Table table, string name, Statistics values) => Add(table, name, values.Mean, values.Percentile, values.Max);

    static void Add(Table table, string name, double mean, Func<double, double> percentile, double most) =>
        table.Add([name, Units.Time(mean), .. Percents.Select(percent => Units.Time(percentile(percent))), Units.Time(most)]);

    static JsonObject Json(Statistics values) => Json(values.Mean, values.Percentile, values.Max);

    static JsonObject Json(double mean, Func<double, double> percentile, double most)
    {
        JsonObject json = new() { ["mean"] = mean };
        foreach (double percent in Percents)
        {
            json[string.Create(CultureInfo.InvariantCulture, $"p{percent}")] = percentile(percent);
        }

        json["max"] = most;
        return json;
    }

    static double? Number(double value) => double.IsFinite(value) ? value : null;

    static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}
