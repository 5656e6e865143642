using System.Xml.Linq;
using Millrace.Planning.Plans;
using Millrace.Planning.Reports;
using Millrace.Tests.Planning.Plans;

namespace Millrace.Tests.Planning.Reports;

public class PlanReportTests
{
    [Fact]
    public void Headline_begins_with_latency_and_price() =>
        Assert.Matches(@"^[0-9.]+ ms per token, \$[0-9.]+ per million output tokens \(\$[0-9.]+ input\), [0-9,]+ users at once: fake-model fp8 \(KV fp8\) on 8 × Fake GPU \(.*TP", PlanTable.Headline(One()));

    [Fact]
    public void Headline_says_what_is_not_known_or_why_there_is_no_plan()
    {
        Assert.Contains("price unknown (fake-gpu has no public one; --price gives it)", PlanTable.Headline(Fake.Planner.Best(Fake.Gpu with { DollarsPerHour = [] }, Fake.Request())), StringComparison.Ordinal);
        Assert.StartsWith("no plan: does not fit 1 × Fake GPU", PlanTable.Headline(Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 1 })), StringComparison.Ordinal);
    }

    [Fact]
    public void One_plan_has_frontier_cost_roofline_and_parts()
    {
        string html = PlanReport.Html([One().Simulated()], "end");
        Assert.Equal(4, html.Split("<svg").Length - 1);
        Assert.DoesNotContain("nothing to show", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        foreach (string part in html.Split("<svg")[1..])
        {
            XElement.Parse("<svg" + part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)]);
        }
    }

    [Fact]
    public void Plans_side_by_side_have_a_row_each_and_reasons_for_the_rest()
    {
        IReadOnlyList<Plan> plans = Fake.Planner.Rank([Fake.Gpu, Fake.Gpu with { Id = "small", Name = "Small one", Link = null }], Fake.Request());
        string html = PlanReport.Html(plans, "end");
        Assert.Contains("<tr class=\"best\"><td class=\"left wrap\">Fake GPU</td>", html, StringComparison.Ordinal);
        Assert.Matches("Small one</td><td class=\"left wrap\">does not fit 1 .* Small one", html);
    }

    [Fact]
    public void Roofline_points_lie_below_the_roof()
    {
        Plot plot = PlanPlots.Roofline(One());
        Assert.Equal(4, plot.Series[1].Points.Count);
        Assert.All(plot.Series[1].Points, point => Assert.True(point.Y <= 1.001 * Math.Min(2e15, point.X * 3.35e12)));
    }

    [Fact]
    public void Frontier_runs_from_one_user_to_the_largest_batch()
    {
        Plan plan = One();
        PlotSeries chosen = PlanPlots.Frontier(plan).Series[^2];
        Assert.Equal("1", chosen.Points[0].Label);
        Assert.Equal(plan.State!.Capacity * plan.Replicas, int.Parse(chosen.Points[^1].Label!, System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(chosen.Points.Zip(chosen.Points.Skip(1)).All(pair => pair.First.X <= pair.Second.X));
    }

    static Plan One() => Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 8 });
}
