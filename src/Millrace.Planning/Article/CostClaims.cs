using Millrace.Planning.Hardware;

namespace Millrace.Planning.Article;

/// <summary>Judges what the article says of money and power.</summary>
static class CostClaims
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ArticleContext context) => [Cheaper(context), Hour(context), Low(context), High(context), Chip(context), System(context)];

    static Finding Cheaper(ArticleContext context)
    {
        Claim claim = context.Data.Claim("cheaper");
        Evidence h100 = context.Data.Evidence("h100-fp8")[0];
        double ours = Physics.DollarsPerMillion(context.H100.DollarsPerHour, 1 / h100.Seconds);
        (Machine Machine, Evidence Evidence)[] others = [(context.Groq, context.Data.Evidence("groq-2024")[0]), (context.Wse3, context.Data.Evidence("wse3-2024")[0]), (context.Inf2, context.Data.Evidence("inf2")[0])];
        double[] dollars = [.. others.Select(static other => Physics.DollarsPerMillion(other.Machine.DollarsPerHour, 1 / other.Evidence.Seconds))];
        double[] saved = [.. dollars.Select(cost => 1 - cost / ours)];
        double table = context.Data.Claim("h100-cost").Value;
        double[] said = [.. context.Rows.Skip(1).Select(id => 1 - context.Data.Claim($"{id}-cost").Value / table)];
        return new(claim, new Bound(said.Max(), "part", $"the most that the article's own table saves; the least is {Units.Percent(said.Min())}"), null, Span.Of(saved, "part"), [h100, .. others.Select(static other => other.Evidence)],
            Rules.Range(claim.Values[0], claim.Values[1], saved.Min(), saved.Max()),
            $"At batch 1 a million tokens cost {Units.Dollars(ours)} on 8 × H100, {Units.Dollars(dollars[2])} on Inferentia2, and by our estimate of their hours {Units.Dollars(dollars[0])} on LPUs and {Units.Dollars(dollars[1])} on wafers; how many users share those is not published.");
    }

    static Finding Hour(ArticleContext context)
    {
        Claim claim = context.Data.Claim("h100-hour");
        double[] prices = [.. context.H100.Device.DollarsPerHour.Select(static price => price.Value)];
        int within = prices.Count(price => price >= claim.Values[0] && price <= claim.Values[1]);
        return new(claim, new Bound(prices.Order().ElementAt(prices.Length / 2), "$/h", $"the middle of the {prices.Length} prices in the catalogue"), null, Span.Of(prices, "$/h"), [],
            Rules.Range(claim.Values[0], claim.Values[1], prices.Min(), prices.Max()),
            $"The catalogue's prices, of owners, renters and clouds, go from {Amounts.Text(prices.Min(), prices.Max(), "$/h")}; {within} of {prices.Length} lie within.");
    }

    static Finding Low(ArticleContext context)
    {
        const int Many = 256;
        Claim claim = context.Data.Claim("low-price"), hours = context.Data.Claim("h100-hour");
        Evidence full = context.Data.Evidence("h100-full")[0];
        double each = full.Value / full.Chips;
        double needed = Physics.RateFor(hours.Values[1], claim.Value);
        return new(claim, new Bound(needed, "tok/s", $"of each chip at {Amounts.Text(hours.Values[1], "$/h")}"), context.H100InEight.Predict(Many)?.Rate(Many / (double)full.Chips, "tok/s"), new Span(each, each, "tok/s"), [full],
            Rules.Below(each, needed),
            $"A chip made {Amounts.Text(each, "tok/s")} under full load, {Units.Dollars(Physics.DollarsPerMillion(hours.Values[0], each))} to {Units.Dollars(Physics.DollarsPerMillion(hours.Values[1], each))}/1M: it holds with large batches, not at the batch of 1 that the table speaks of.");
    }

    static Finding High(ArticleContext context)
    {
        const int Batch = 4;
        Claim claim = context.Data.Claim("high-price"), hours = context.Data.Claim("h100-hour");
        Evidence few = context.Data.Evidence("h100-fp8")[0];
        double each = Batch / few.Seconds / few.Chips;
        double[] dollars = [Physics.DollarsPerMillion(hours.Values[0], each), Physics.DollarsPerMillion(hours.Values[1], each)];
        return new(claim, new Bound(Physics.RateFor(hours.Values[0], claim.Value), "tok/s", $"of each chip at {Amounts.Text(hours.Values[0], "$/h")}"), context.H100InEight.Predict(Batch)?.Times(hours.Values[0] * few.Chips / 3600 / Batch * 1e6, "$/1M"), Span.Of(dollars, "$/1M"), [few],
            Rules.Against(claim.Value, dollars),
            $"With {Batch} users on 8 chips a chip made {Amounts.Text(each, "tok/s")}, {Units.Dollars(dollars[0])} to {Units.Dollars(dollars[1])}/1M: between $0.80 and $10 lies the batch, not the hardware.");
    }

    static Finding Chip(ArticleContext context)
    {
        Claim claim = context.Data.Claim("lpu-chip-power");
        Figure watts = context.Groq.Device.Watts!;
        return new(claim, new Bound(watts.Value, "W", $"of the card, by {watts.Source}"), null, null, [], Rules.Same(claim.Value, watts.Value),
            $"The card is specified at {Amounts.Text(watts.Value, "W")}, {Amounts.Text(watts.Value / claim.Value, "x")} as much.");
    }

    static Finding System(ArticleContext context)
    {
        Claim claim = context.Data.Claim("lpu-system-power");
        double chip = context.Data.Claim("lpu-chip-power").Value;
        int needed = Physics.ChipsToHold(context.Groq.Model.WeightBytes, context.Groq.Device);
        double least = needed * chip;
        double chips = claim.Values[1] / chip;
        return new(claim, new Bound(least, "W", $"{needed} chips that hold a 70B in 8 bits, at the article's own {Amounts.Text(chip, "W")}"), null, null, context.Data.Evidence("groq-2024"),
            claim.Values[1] < least ? Verdict.Impossible : Verdict.Holds,
            $"{Amounts.Text(claim.Values[1], "W")} feed {chips:0} such chips, which hold {Units.Bytes(chips * context.Groq.Device.MainMemory.Bytes!.Value)}; the {context.Groq.Chips} of the public service take {Amounts.Text(context.Groq.Chips * context.Groq.Device.Watts!.Value, "W")} by the card's figure.");
    }
}
