using System.Globalization;
using Millrace.Planning.Plans;
using Millrace.Planning.Simulation;

namespace Millrace.Planning.Reports;

/// <summary>A search for a fleet as a page: offers, and what each simulated fleet costs against how fast it is.</summary>
public static class FleetReport
{
    const int MostColors = 8;

    /// <summary>The columns of <see cref="Row"/>; those that begin with &gt; are numbers.</summary>
    public static IReadOnlyList<string> Columns { get; } = [">$/h", ">$/1M out", "device", ">replicas", "division", ">chips", "weights", ">batch", ">TTFT", ">TPOT", ">busy", ">KV held", ">J/token", ">error"];

    /// <summary>The page.</summary>
    public static string Html(string load, FleetRequest request, FleetSearch search, string footer)
    {
        HtmlReport page = new($"Fleets for {load}");
        page.Headline(Headline(request, search)).Paragraph(Wanted(request));
        page.Table([.. Columns.Select(static column => column.TrimStart('>'))], search.Offers.Select(Row), best: 0);
        page.Figures(Frontier("Price and time per token", "ms per token", search, static offer => offer.Tpot, request.Targets.Tpot), Frontier("Price and time to the first token", "ms to the first token", search, static offer => offer.Ttft, request.Targets.Ttft));
        foreach (string reason in search.Refused)
        {
            page.Paragraph(reason);
        }

        return page.ToHtml(footer);
    }

    /// <summary>The cheapest offer in a sentence.</summary>
    public static string Headline(FleetRequest request, FleetSearch search)
    {
        FleetOffer best = search.Offers[0];
        return string.Create(CultureInfo.InvariantCulture,
            $"{Units.Dollars(best.DollarsPerHour)} an hour, {Units.Dollars(best.Result.DollarsPerMillionOutput)} per million output tokens: {best.Group.Count} × {best.Group.Cost.Deployment.Device.Name} {Layouts.Name(best.Group.Cost.Deployment.Parallel)}, p{request.Percent:0.##} of {Units.Time(best.Ttft)} to the first token and {Units.Time(best.Tpot)} per token");
    }

    /// <summary>What was asked, and how much was done for it.</summary>
    public static string Wanted(FleetRequest request) => string.Create(CultureInfo.InvariantCulture,
        $"wanted: p{request.Percent:0.##} of TTFT ≤ {Bound(request.Targets.Ttft)}, TPOT ≤ {Bound(request.Targets.Tpot)}{(double.IsFinite(request.Targets.E2e) ? $", E2E ≤ {Bound(request.Targets.E2e)}" : "")}");

    /// <summary>An offer's figures.</summary>
    public static IReadOnlyList<string> Row(FleetOffer offer)
    {
        (ReplicaGroup group, GroupResult did) = (offer.Group, offer.Result.Groups[0]);
        return
        [
            Units.Dollars(offer.DollarsPerHour), Units.Dollars(offer.Result.DollarsPerMillionOutput), group.Cost.Deployment.Device.Id, Whole(group.Count), Layouts.Name(group.Cost.Deployment.Parallel), Whole(offer.Chips),
            group.Cost.Deployment.Model.Weights.ToString().ToLowerInvariant(), Whole(offer.Options.MaxSequences), Units.Time(offer.Ttft), Units.Time(offer.Tpot), Units.Percent(did.Utilisation), Units.Percent(did.Usage.MeanKv),
            double.IsFinite(offer.Result.JoulesPerToken) ? Units.Digits(offer.Result.JoulesPerToken) : "?", group.Cost.Error.Points > 0 ? Units.Percent(group.Cost.Error.Median) : "uncalibrated",
        ];
    }

    /// <summary>All fleets that were simulated, by device: what an hour costs, against a time; the line joins those that no other is both cheaper and faster than.</summary>
    public static Plot Frontier(string title, string time, FleetSearch search, Func<FleetOffer, double> seconds, double target)
    {
        PlotPoint Point(FleetOffer offer) => new(offer.DollarsPerHour, seconds(offer) * 1e3, null, string.Create(CultureInfo.InvariantCulture,
            $"{offer.Group.Count} × {offer.Group.Cost.Deployment.Device.Id} {Layouts.Name(offer.Group.Cost.Deployment.Parallel)}: {Units.Dollars(offer.DollarsPerHour)}/h, {Units.Time(seconds(offer))}"));
        List<PlotSeries> series = [];
        foreach (IGrouping<string, FleetOffer> device in search.Simulated.GroupBy(static offer => offer.Group.Cost.Deployment.Device.Id))
        {
            series.Add(new PlotSeries(device.Key, 1 + (series.Count % (MostColors - 1)), PlotStyle.Points, [.. device.OrderBy(static offer => offer.DollarsPerHour).Select(Point)]));
        }

        List<PlotPoint> frontier = [];
        double fastest = double.PositiveInfinity;
        foreach (FleetOffer offer in search.Simulated.OrderBy(static offer => offer.DollarsPerHour).ThenBy(seconds))
        {
            if (seconds(offer) < fastest)
            {
                fastest = seconds(offer);
                frontier.Add(Point(offer));
            }
        }

        series.Add(new PlotSeries("frontier", 0, PlotStyle.PlainLine, frontier));
        series.Add(new PlotSeries("best offer", 0, PlotStyle.Marked, [Point(search.Offers[0]) with { Label = search.Offers[0].Group.Cost.Deployment.Device.Id }]));
        if (double.IsFinite(target))
        {
            double[] prices = [.. search.Simulated.Select(static offer => offer.DollarsPerHour)];
            series.Add(new PlotSeries("target", 3, PlotStyle.Dashed, [new PlotPoint(prices.Min(), target * 1e3), new PlotPoint(prices.Max(), target * 1e3)]));
        }

        return new Plot(title, new PlotAxis("$ per hour", IsLog: true), new PlotAxis(time, IsLog: true), series, "Down and to the left is better. Each point is a fleet that was simulated; of those below the target in both figures, the cheapest of each device and precision is an offer.");
    }

    static string Bound(double seconds) => double.IsFinite(seconds) ? Units.Time(seconds) : "any";

    static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}
