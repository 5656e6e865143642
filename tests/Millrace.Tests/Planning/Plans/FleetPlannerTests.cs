using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;
using Millrace.Planning.Reports;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Planning.Plans;

public class FleetPlannerTests
{
    static readonly DeviceSpec Slow = Fake.Gpu with { Id = "slow-gpu", Name = "Slow GPU", Memory = [new("GDDR", Fake.Made(48e9), Fake.Made(0.8e12))], Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp8] = Fake.Made(0.7e15) }, DollarsPerHour = [Fake.Made(0.5)] };
    static readonly PlannedRequest[] Load = [.. Workloads.At(new RandomLengths { Input = 800, Output = 60, RangeRatio = 0.5 }.Plan(1).Take(300), 25, 1, 2)];

    static readonly FleetRequest Request = new(Load, new Targets(Ttft: 1, Tpot: 0.03))
    {
        Devices = [Fake.Gpu, Slow],
        Models = [new FakeModel(8)],
        Batches = [16, 64],
    };

    static FleetSearch Search(FleetRequest request) => new FleetPlanner(static deployment => new FakeCost(deployment)).Search(request);

    [Fact]
    public void The_cheapest_of_all_fleets_is_found()
    {
        // Each division and number of replicas by hand, without bounds.
        double cheapest = double.PositiveInfinity;
        foreach (DeviceSpec device in Request.Devices)
        {
            foreach ((int tensor, int batch) in new[] { (1, 16), (1, 64), (2, 16), (2, 64), (4, 64), (8, 64) })
            {
                FakeCost cost = new(new Deployment(Request.Models[0], device, new Parallelism(tensor), ""));
                for (int replicas = 1; replicas <= 24; replicas++)
                {
                    FleetResult result = new Fleet(new FleetOptions { Groups = [new ReplicaGroup(cost, replicas, device.DollarsPerHour[0].Value * tensor)], MaxSequences = batch, UsualTokens = 870 }).Run(Load, TestContext.Current.CancellationToken);
                    if (result.Rejected == 0 && result.Ttft.Percentile(99) <= 1 && result.Tpot.Percentile(99) <= 0.03)
                    {
                        cheapest = Math.Min(cheapest, result.DollarsPerHour);
                        break;
                    }
                }
            }
        }

        FleetSearch search = Search(Request);
        Assert.Equal(cheapest, search.Offers[0].DollarsPerHour);
        Assert.Equal(2, search.Offers.Count);
        Assert.True(search.Simulated.Count < search.Considered, $"{search.Simulated.Count} of {search.Considered} were simulated");
    }

    [Fact]
    public void Offers_keep_the_targets_and_one_replica_less_does_not()
    {
        foreach (FleetOffer offer in Search(Request).Offers)
        {
            Assert.True(offer is { MeetsTargets: true, Ttft: <= 1, Tpot: <= 0.03 });
            ReplicaGroup group = offer.Group;
            if (group.Count > 1)
            {
                FleetResult fewer = new Fleet(offer.Options with { Groups = [group with { Count = group.Count - 1 }] }).Run(Load, TestContext.Current.CancellationToken);
                Assert.True(fewer.Ttft.Percentile(99) > 1 || fewer.Tpot.Percentile(99) > 0.03);
            }
        }
    }

    [Fact]
    public void Harder_targets_cost_more()
    {
        double Cost(double tpot) => Search(Request with { Targets = new Targets(1, tpot) }).Offers[0].DollarsPerHour;
        Assert.True(Cost(0.03) <= Cost(0.012));
        Assert.True(Cost(0.012) < Cost(0.006));
    }

    [Fact]
    public void Why_a_device_is_no_offer_is_said()
    {
        DeviceSpec free = Fake.Gpu with { Id = "free", DollarsPerHour = [] };
        DeviceSpec dead = Fake.Gpu with { Id = "dead", Memory = [new("HBM", Fake.Made(80e9), Fake.Made(0))] };
        FleetSearch search = Search(Request with { Devices = [free, dead, Slow], Targets = new Targets(1, 0.001) });
        Assert.Empty(search.Offers);
        Assert.Contains("free: no price is known", search.Refused);
        Assert.Contains(search.Refused, reason => reason.StartsWith("dead: Fake GPU: HBM bandwidth: expected a number above 0, found 0", StringComparison.Ordinal));
        Assert.Contains(search.Refused, reason => reason.StartsWith("slow-gpu: alone on TP", StringComparison.Ordinal));
        Assert.Contains(Search(Request with { MostChips = 1, Load = [.. Workloads.At(Load, 500, 1, 1)] }).Refused, reason => reason.Contains("and 1 are allowed", StringComparison.Ordinal));
        Assert.Throws<PlanningException>(() => Search(Request with { Load = [Load[0]] }));
    }

    [Fact]
    public void A_page_shows_offers_and_the_frontier()
    {
        FleetSearch search = Search(Request);
        string html = FleetReport.Html("a load", Request, search, "made");
        Assert.Contains("frontier", html, StringComparison.Ordinal);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains(Units.Dollars(search.Offers[0].DollarsPerHour), html, StringComparison.Ordinal);
        Plot plot = FleetReport.Frontier("t", "x", search, offer => offer.Tpot, 0.03);
        IReadOnlyList<PlotPoint> frontier = plot.Series.Single(series => series.Name == "frontier").Points;
        Assert.Equal(frontier.OrderBy(point => point.X).Select(point => point.X), frontier.Select(point => point.X));
        Assert.Equal(frontier.OrderByDescending(point => point.Y).Select(point => point.Y), frontier.Select(point => point.Y));
    }
}
