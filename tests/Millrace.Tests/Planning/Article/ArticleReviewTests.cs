using System.Text.Json.Nodes;
using Millrace.Planning;
using Millrace.Planning.Article;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Article;

public class ArticleReviewTests
{
    static readonly Dictionary<string, Finding> Findings = ArticleReview.Judge(DeviceCatalogue.BuiltIn, None).ToDictionary(static finding => finding.Claim.Id);

    [Fact]
    public void Every_claim_has_a_finding_and_a_sentence()
    {
        IReadOnlyList<Finding> findings = ArticleReview.Judge(DeviceCatalogue.BuiltIn, None);
        Assert.Equal(41, findings.Count);
        Assert.Equal(ArticleData.Own.Claims, findings.Select(static finding => finding.Claim));
        Assert.All(findings, static finding => Assert.Matches(@"^[0-9A-Z$].+\.$", finding.Reason));
        Assert.All(findings, static finding => Assert.True(finding.Bound is not null || finding.Measured is not null));
        Assert.All(findings.SelectMany(static finding => finding.Evidence), static one => Assert.StartsWith("https://", one.Source, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("h100-latency", Verdict.Wrong)]
    [InlineData("h100-cost", Verdict.Impossible)]
    [InlineData("groq-latency", Verdict.Partly)]
    [InlineData("groq-cost", Verdict.Wrong)]
    [InlineData("wse3-latency", Verdict.Wrong)]
    [InlineData("inf2-latency", Verdict.Holds)]
    [InlineData("inf2-rate", Verdict.Holds)]
    [InlineData("inf2-cost", Verdict.Impossible)]
    [InlineData("bound", Verdict.Partly)]
    [InlineData("over-100ms", Verdict.Wrong)]
    [InlineData("lpu-70b", Verdict.Holds)]
    [InlineData("lpu-mixtral", Verdict.Holds)]
    [InlineData("low-price", Verdict.Holds)]
    [InlineData("lpu-system-power", Verdict.Impossible)]
    [InlineData("mi300x-bandwidth", Verdict.Holds)]
    [InlineData("one-cs3", Verdict.Wrong)]
    [InlineData("eight-h100", Verdict.Wrong)]
    [InlineData("cloud-market", Verdict.NotTestable)]
    [InlineData("cloud-growth", Verdict.Wrong)]
    [InlineData("inference-first", Verdict.Wrong)]
    public void Verdict_is_what_is_known(string id, Verdict verdict) => Assert.Equal(verdict, Findings[id].Verdict);

    [Theory]
    [InlineData("h100")]
    [InlineData("groq")]
    [InlineData("wse3")]
    [InlineData("inf2")]
    public void Row_of_the_table_is_judged_by_its_figures(string machine)
    {
        foreach (string column in (string[])["latency", "cost"])
        {
            Finding finding = Findings[$"{machine}-{column}"];
            Span measured = finding.Measured!;
            Assert.Equal(Rules.NotBelow(finding.Claim.Value, finding.Bound!.Value, measured.Low, measured.High), finding.Verdict);
            Assert.True(finding.Bound.Value < measured.Low, $"{finding.Claim.Id}: what was measured is below its bound");
        }

        Finding rate = Findings[$"{machine}-rate"];
        Assert.Equal(Rules.Against(rate.Claim.Value, rate.Measured!.Low, rate.Measured.High), rate.Verdict);
        Assert.Equal(1 / Findings[$"{machine}-latency"].Bound!.Value, rate.Bound!.Value, 1e-6 * rate.Bound.Value);
    }

    [Fact]
    public void Bounds_are_those_of_the_plan_and_the_catalogue()
    {
        Assert.Equal(140e9 / 3.35e12, Findings["bound"].Bound!.Value, 1e-9);
        Assert.InRange(Findings["h100-latency"].Bound!.Value, 5.15e-3, 5.35e-3);
        Assert.Equal(2, Findings["eight-h100"].Bound!.Value);
        Assert.Equal(4, Findings["one-cs3"].Bound!.Value);
        Assert.Equal(Math.Ceiling(1e12 / 230e6), Findings["sram-trillion"].Bound!.Value);
        Assert.Equal(Math.Pow(50 / 6.0, 0.25) - 1, Findings["cloud-growth"].Bound!.Value, 1e-12);
    }

    [Fact]
    public void Other_figures_give_other_verdicts()
    {
        using TemporaryFolder folder = new();
        JsonObject devices = DeviceJson.Of(
        [
            DeviceCatalogue.BuiltIn.Get("h100").With("hbm.capacity=160GB"),
            DeviceCatalogue.BuiltIn.Get("mi300x").With("hbm.bandwidth=4TB/s"),
            DeviceCatalogue.BuiltIn.Get("wse-3").With("sram.capacity=150GB"),
        ]);
        File.WriteAllText(folder.Path("mine.json"), devices.ToJsonString());
        Dictionary<string, Finding> changed = ArticleReview.Judge(DeviceCatalogue.Load([folder.Path()]), None).ToDictionary(static finding => finding.Claim.Id);
        Assert.Equal(Verdict.Holds, changed["bound"].Verdict);
        Assert.Equal(Verdict.Wrong, changed["mi300x-bandwidth"].Verdict);
        Assert.Equal(Verdict.Holds, changed["one-cs3"].Verdict);
        Assert.Equal(Findings["inf2-latency"].Verdict, changed["inf2-latency"].Verdict);
    }

    [Fact]
    public void Prediction_is_the_cost_model_s_with_its_error()
    {
        Dictionary<string, Finding> findings = ArticleReview.Judge(DeviceCatalogue.BuiltIn, static deployment => new Fixed(deployment)).ToDictionary(static finding => finding.Claim.Id);
        Assert.Equal(new Prediction(0.01, 0.008, 0.015, "s", "fixed"), findings["h100-latency"].Prediction);
        Prediction rate = findings["h100-rate"].Prediction!;
        Assert.Equal((100, 1 / 0.015, 125), (Math.Round(rate.Value), rate.Low, Math.Round(rate.High)));
        Assert.Equal(8 * 1.69 / 3600 * 0.01 * 1e6, findings["h100-cost"].Prediction!.Value, 1e-9);
        Assert.Equal(Findings["h100-latency"].Verdict, findings["h100-latency"].Verdict);
    }

    [Theory]
    [InlineData(13.52, 22, 170.7)] // 8 × H100 at $1.69 making 22 tokens a second
    [InlineData(3.6, 1000, 1)]
    public void Dollars_for_a_million(double perHour, double rate, double expected)
    {
        Assert.Equal(expected, Physics.DollarsPerMillion(perHour, rate), 0.01);
        Assert.Equal(rate, Physics.RateFor(perHour, Physics.DollarsPerMillion(perHour, rate)), 1e-6);
    }

    [Fact]
    public void Growth_and_years_undo_each_other()
    {
        Assert.Equal(0.6990, Physics.Growth(6, 50, 4), 1e-4);
        Assert.Equal(4, Physics.Years(6, 50, Physics.Growth(6, 50, 4)), 1e-9);
        Assert.Equal(4.985, Physics.Years(6, 50, 0.53), 1e-3);
    }

    [Fact]
    public void Figures_are_written_as_people_read_them()
    {
        Assert.Equal("45 ms", Amounts.Text(0.045, "s"));
        Assert.Equal("14,679 tok/s", Amounts.Text(14679.33, "tok/s"));
        Assert.Equal("-$22.00B", Amounts.Text(-22, "$B"));
        Assert.Equal("1 chip", Amounts.Text(1, "chips"));
        Assert.Equal("53 % a year", Amounts.Text(0.53, "a year"));
        Assert.Equal("9.11 to 29.7 ms", Amounts.Text(0.00911, 0.0297, "s"));
        Assert.Equal("432 µs to 2.22 ms", Amounts.Text(432e-6, 0.00222, "s"));
        Assert.Equal("$0.30 to $0.61/1M", Amounts.Text(0.3, 0.61, "$/1M"));
        Assert.Equal("2027", Amounts.Text(2027, "year"));
    }

    [Fact]
    public void Calibrated_predictions_are_above_physics_and_reach_what_was_measured()
    {
        Dictionary<string, Finding> findings = ArticleReview.Judge(DeviceCatalogue.BuiltIn, CostModels.For).ToDictionary(static finding => finding.Claim.Id);
        foreach (string machine in (string[])["h100", "groq", "wse3", "inf2"])
        {
            Finding finding = findings[$"{machine}-latency"];
            Prediction own = finding.Prediction!;
            Assert.True(finding.Bound!.Value <= own.Low && own.Low <= own.Value && own.Value <= own.High, $"{machine}: {own}");
            Assert.True(own.Low <= finding.Measured!.High && own.High >= finding.Measured.Low, $"{machine}: {own} and {finding.Measured}");
        }

        Assert.All(findings.Values.Where(static finding => finding.Prediction is not null), static finding => Assert.InRange(finding.Prediction!.Value, finding.Prediction.Low, finding.Prediction.High));
    }

    [Fact]
    public void Machine_that_nothing_prices_has_no_prediction() => Assert.All(Findings.Values, static finding => Assert.Null(finding.Prediction));

    static ICostModel None(Deployment deployment) => throw new PlanningException("nothing prices this");

    sealed class Fixed(Deployment deployment) : ICostModel
    {
        public Deployment Deployment => deployment;

        public double KvCapacityBytes => 1;

        public int Stages => 1;

        public ErrorBand Error => new("fixed", 5, 0.05, 0.8, 1.5);

        public StepTime Step(in StepWork work) => new(0.01, 0.01, 0, 0, 0, 0);

        public double Watts(in StepTime time) => 1;
    }
}
