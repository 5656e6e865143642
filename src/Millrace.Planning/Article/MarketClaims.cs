namespace Millrace.Planning.Article;

/// <summary>Judges what the article says of markets: no source here says what they are worth, but the figures must agree with each other.</summary>
static class MarketClaims
{
    const int From = 2024;
    const int To = 2028;

    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ArticleContext context)
    {
        Claim cloud = context.Data.Claim("cloud-market"), edge = context.Data.Claim("edge-market"), training = context.Data.Claim("training-market");
        return [Market(cloud), Growth(context.Data.Claim("cloud-growth"), cloud), Market(edge), Market(training), First(context.Data.Claim("inference-first"), [cloud, edge], training)];
    }

    static double Implied(Claim market) => Physics.Growth(market.Values[0], market.Values[1], To - From);

    static double In(Claim market, int year) => market.Values[0] * Math.Pow(1 + Implied(market), year - From);

    static Finding Market(Claim claim) => new(claim, new Bound(Implied(claim), "a year", $"the growth that the two figures imply over {To - From} years"), null, null, [], Verdict.NotTestable,
        "A forecast without a source here; the growth that it implies is beside it.");

    static Finding Growth(Claim claim, Claim market)
    {
        double implied = Implied(market);
        double years = Physics.Years(market.Values[0], market.Values[1], claim.Value);
        return new(claim, new Bound(implied, "a year", $"{Amounts.Text(market.Values[0], "$B")} to {Amounts.Text(market.Values[1], "$B")} in {To - From} years"), null, null, [], Rules.Same(claim.Value, implied),
            $"The figures imply {Units.Percent(implied)}; at {Units.Percent(claim.Value)} it takes {Units.Digits(years, 2)} years, not {To - From}.");
    }

    static Finding First(Claim claim, Claim[] inference, Claim training)
    {
        int year = (int)claim.Value;
        double ours = inference.Sum(market => In(market, year)), theirs = In(training, year);
        double last = inference.Sum(market => In(market, To)), lastOfTraining = In(training, To);
        return new(claim, new Bound(ours - theirs, "$B", $"inference less training in {year}, at steady growth between the article's own figures"), null, null, [], ours > theirs ? Verdict.Holds : Verdict.Wrong,
            $"By its own figures inference is worth {Amounts.Text(ours, "$B")} in {year} and training {Amounts.Text(theirs, "$B")}, and {Amounts.Text(last, "$B")} against {Amounts.Text(lastOfTraining, "$B")} in {To}.");
    }
}
