using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

public class SpeculationTests
{
    [Theory]
    [InlineData(0, 0.8, 1)]
    [InlineData(4, 0.8, 3.3616)]
    [InlineData(4, 1, 5)]
    [InlineData(4, 0, 1)]
    public void Expected_tokens_are_a_geometric_sum(int drafted, double acceptance, double tokens) => Assert.Equal(tokens, new Speculation(drafted, acceptance).ExpectedTokens, 1e-9);

    [Fact]
    public void A_good_draft_pays_and_a_bad_one_costs()
    {
        ICostModel model = Cost("llama-3-70b"), draft = Cost("llama-3.2-1b");
        double alone = new Speculation(0, 0).SecondsPerToken(model, draft, 1, 1000);
        Assert.True(new Speculation(4, 0.8).SecondsPerToken(model, draft, 1, 1000) < 0.7 * alone);
        Assert.True(new Speculation(4, 0.01).SecondsPerToken(model, draft, 1, 1000) > alone);
    }

    [Theory]
    [InlineData(-1, 0.5)]
    [InlineData(3, 1.5)]
    [InlineData(3, double.NaN)]
    public void Impossible_numbers_are_named(int drafted, double acceptance) =>
        Assert.Throws<PlanningException>(() => new Speculation(drafted, acceptance).SecondsPerToken(Cost("llama-3-8b"), Cost("llama-3.2-1b"), 1, 100));

    static ICostModel Cost(string model) => CostModels.For(new Deployment(PlannedModel.Of(ModelCatalogue.Find(model)!, Precision.Fp8), DeviceCatalogue.BuiltIn.Get("h100"), new Parallelism(4), "vllm"));
}
