namespace Millrace.Planning.Article;

/// <summary>Judges the article's table: four machines, of each the time of a token, the rate and the cost.</summary>
static class TableClaims
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ArticleContext context)
    {
        ArticleData data = context.Data;
        int one = Physics.ChipsToHold(context.Seventy.WeightBytes, context.H100.Device);
        Evidence a100 = data.Evidence("a100-fp16")[0];
        Evidence full = data.Evidence("h100-full")[0];
        return
        [
            .. Row(context, "h100", context.H100, data.Evidence("h100-fp16", "h100-fp8"),
                $"the slower in FP16 with the software of 2023, the faster in FP8 with today's; {Units.Time(a100.Seconds)} is what 8 × A100 measured; {one} H100 hold the weights",
                $"8 × H100 made {Amounts.Text(full.Value, full.Unit)} under full load"),
            .. Row(context, "groq", context.Groq, data.Evidence("groq-2023", "groq-2024", "groq-2025"),
                $"it takes {Physics.ChipsToHold(context.Groq.Model.WeightBytes, context.Groq.Device)} chips to hold the weights in 8 bits, {Physics.ChipsToHold(context.Seventy.WeightBytes, context.Groq.Device)} in 16, not one",
                $"it is the API's price ({Amounts.Text(data.Evidence("groq-price")[0].Value, "$/1M")} for output), and what so many chips cost an hour is our estimate"),
            .. Row(context, "wse3", context.Wse3, data.Evidence("wse3-2024", "wse3-2025"),
                $"it takes {Physics.ChipsToHold(context.Seventy.WeightBytes, context.Wse3.Device)} wafers to hold the weights in 16 bits, not one",
                "what a wafer costs an hour is our estimate, and nobody publishes how many users share it"),
            .. Row(context, "inf2", context.Inf2, data.Evidence("inf2"),
                $"it takes {Physics.ChipsToHold(context.Seventy.WeightBytes, context.Inf2.Device)} chips to hold the weights; the instance has {context.Inf2.Chips}",
                "no rate at larger batches is published"),
        ];
    }

    static IEnumerable<Finding> Row(ArticleContext context, string id, Machine machine, Evidence[] measured, string aboutSpeed, string aboutCost)
    {
        Claim latency = context.Data.Claim($"{id}-latency"), rate = context.Data.Claim($"{id}-rate"), cost = context.Data.Claim($"{id}-cost");
        double[] seconds = [.. measured.Select(static evidence => evidence.Seconds)];
        double[] rates = [.. seconds.Select(static time => 1 / time)];
        Bound token = machine.Token;
        Prediction? predicted = machine.Predict();
        Verdict verdict = Rules.NotBelow(latency.Value, token.Value, seconds);
        yield return new(latency, token, predicted, Span.Of(seconds, "s"), measured, verdict, $"Measured {Amounts.Text(Span.Of(seconds, "s")!)}; {aboutSpeed}.");

        yield return new(
            rate,
            token with { Value = 1 / token.Value, Unit = "tok/s" },
            predicted?.Rate(1, "tok/s"),
            Span.Of(rates, "tok/s"),
            measured,
            1 / rate.Value < token.Value ? Verdict.Impossible : Rules.Against(rate.Value, rates),
            $"One user at {Units.Time(latency.Value)} sees {Amounts.Text(1 / latency.Value, "tok/s")}: the rate says the same as the latency.");

        double least = Physics.DollarsPerMillion(machine.LeastDollarsPerHour, 1 / token.Value);
        double[] dollars = [.. seconds.Select(time => Physics.DollarsPerMillion(machine.DollarsPerHour, 1 / time))];
        yield return new(
            cost,
            new Bound(least, "$/1M", $"{machine.Chips} × {Amounts.Text(machine.LeastDollarsPerHour / machine.Chips, "$/h")} for tokens every {Units.Time(token.Value)}"),
            predicted?.Times(machine.DollarsPerHour / 3600 * 1e6, "$/1M"),
            Span.Of(dollars, "$/1M"),
            measured,
            Rules.NotBelow(cost.Value, least, dollars),
            $"Batch 1 costs {Amounts.Text(Span.Of(dollars, "$/1M")!)} at the speed measured and {Amounts.Text(machine.DollarsPerHour, "$/h")}; {Units.Dollars(cost.Value)} needs {Amounts.Text(Physics.RateFor(machine.DollarsPerHour, cost.Value), "tok/s")}: {aboutCost}.");
    }
}
