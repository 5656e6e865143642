using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;

namespace Millrace.Planning.Reports;

/// <summary>Plans in words: what to read first, and the figures with their ranges.</summary>
public static class PlanTable
{
    /// <summary>The sentence to read first: time of a token and price, then what gives them.</summary>
    public static string Headline(Plan plan)
    {
        if (plan.Tpot is not { } tpot)
        {
            return $"no plan: {plan.Reason}";
        }

        string price = plan is { DollarsPerMillionOutput: { } output, DollarsPerMillionInput: { } input }
            ? $"{Units.Dollars(output.Value)} per million output tokens ({Units.Dollars(input.Value)} input)"
            : $"price unknown ({plan.Device.Id} has no public one; --price gives it)";
        string users = plan.Users == 1 ? "1 user" : Text($"{plan.Users:#,0} users at once");
        string draft = plan.Request.Draft is { } small ? $", drafted by {small.Name}," : "";
        return $"{Units.Time(tpot.Value)} per token, {price}, {users}: {ModelName(plan)}{draft} on {ChipsName(plan)}";
    }

    /// <summary>The model with its types.</summary>
    public static string ModelName(Plan plan) => $"{plan.Request.Model.Name} {Word(plan.Request.Model.Weights)}{(plan.Request.Model.Kv is NumberType.Fp16 or NumberType.Bf16 ? "" : $" (KV {Word(plan.Request.Model.Kv)})")}";

    /// <summary>The chips and their division: 8 × H100 SXM 80GB (2 × TP4).</summary>
    public static string ChipsName(Plan plan) => Text($"{plan.Chips:#,0} × {plan.Device.Name}{(plan.Fits && plan.Chips > 1 ? $" ({Division(plan)})" : "")}");

    /// <summary>How the chips are divided: 2 × TP4.</summary>
    public static string Division(Plan plan) => Text($"{(plan.Replicas > 1 ? Text($"{plan.Replicas} × ") : "")}{Layouts.Name(plan.Parallel)}");

    /// <summary>The figures of a plan that fits: name, value and range.</summary>
    public static IEnumerable<(string Name, string Value, string Detail)> Rows(Plan plan)
    {
        if (plan is not { Point: { } point, State: { } state, Memory: { } memory, Error: { } error })
        {
            yield return ("plan", plan.Reason ?? "", "");
            yield break;
        }

        yield return ("per token", Time(plan.Tpot), Range(plan.Tpot, Units.Time));
        yield return ("$ per 1M output tokens", Dollars(plan.DollarsPerMillionOutput), Range(plan.DollarsPerMillionOutput, Units.Dollars));
        yield return ("$ per 1M input tokens", Dollars(plan.DollarsPerMillionInput), Range(plan.DollarsPerMillionInput, Units.Dollars));
        yield return ("first token, alone", Time(plan.Ttft), Range(plan.Ttft, Units.Time));
        if (plan.LoadedTtft(50) is { } median && plan.LoadedTtft(90) is { } late)
        {
            yield return ("first token under load", $"{Units.Time(median.Value)}, p90 {Units.Time(late.Value)}", $"{Units.Time(median.Low)} to {Units.Time(late.High)}");
        }

        if (plan is { Drafting: { } drafting, Request: { Draft: { } draft, Speculation: { } how } })
        {
            double less = Math.Max(0, how.Acceptance - 0.1), more = Math.Min(1, how.Acceptance + 0.1);
            yield return ("drafted", Text($"{how.ExpectedTokens:0.0} tokens a round"), Text($"{how.Drafted} by {draft.Name} {Word(draft.Weights)}, {how.Acceptance * 100:0} % kept: {less * 100:0} % would give {Units.Time(drafting.Tpot(less))} per token, {more * 100:0} % {Units.Time(drafting.Tpot(more))}"));
            yield return ("without the draft", Units.Time(drafting.Without), drafting.LeastAcceptance is { } least ? Text($"{drafting.Without / point.Tpot:0.0#} × as long; it pays from {least * 100:0} % kept on") : "with so many users it does not pay, whatever is kept");
        }

        yield return ("tokens/s per user", Count(plan.TokensPerSecondPerUser), Range(plan.TokensPerSecondPerUser, Units.Count));
        yield return ("tokens/s in all", Count(plan.TokensPerSecond), Range(plan.TokensPerSecond, Units.Count));
        yield return ("users at once", Text($"{plan.Users:#,0}"), Text($"{point.Batch:#,0} a replica, room for {state.Capacity:#,0}"));
        yield return ("chips", Text($"{plan.Chips:#,0}"), Division(plan));
        yield return ("$ per hour", plan.DollarsPerHour is { } hour ? Units.Dollars(hour) : "unknown", plan.DollarsPerChipHour is { } each ? $"{Units.Dollars(each)} a chip" : "no public price; --price gives it");
        yield return ("power", plan.Watts is { } watts ? Units.Scaled(watts, "W") : "unknown", "average");
        yield return ("J per output token", plan.JoulesPerToken is { } joules ? Units.Digits(joules.Value) : "unknown", Range(plan.JoulesPerToken, static value => Units.Digits(value)));
        yield return ("bound", point.Step.Bound, Shares(point.Step));
        yield return ("memory of a replica", Units.Bytes(memory.Memory), $"weights {Units.Bytes(memory.Weights)}, {Units.Bytes(Math.Max(0, memory.KvCapacity))} for KV, {Units.Bytes(memory.KvOfSequence)} a sequence");
        yield return ("error", error.IsCalibrated ? $"median {Units.Percent(error.Median)}" : "uncalibrated", error.Basis);
        if (plan.Request.Note is { Length: > 0 } note)
        {
            yield return ("note", plan.Request.Model.Name, note);
        }
    }

    /// <summary>The parts of a step in words, the largest first; those below 1 % are left out.</summary>
    public static string Shares(StepTime step) =>
        string.Join(", ", PlanFields.Parts(step).Where(static part => part.Part >= 0.01).OrderByDescending(static part => part.Part).Select(static part => Text($"{(part.Name == "fixed" ? "fixed costs" : part.Name)} {part.Part * 100:0} %")));

    /// <summary>How far an error band reaches, in words: −10 to +20 %.</summary>
    public static string Band(ErrorBand error) => Text($"{(error.Low - 1) * 100:+0;−0;0} to {(error.High - 1) * 100:+0;−0;0} %");

    static string Time(Estimate? estimate) => estimate is { } known ? Units.Time(known.Value) : "unknown";

    static string Dollars(Estimate? estimate) => estimate is { } known ? Units.Dollars(known.Value) : "unknown";

    static string Count(Estimate? estimate) => estimate is { } known ? Units.Count(known.Value) : "unknown";

    static string Range(Estimate? estimate, Func<double, string> text) => estimate is { } known ? $"{text(known.Low)} to {text(known.High)}" : "";

    static string Word(NumberType type) => type.ToString().ToLowerInvariant();

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
