using Millrace.Planning;
using Millrace.Planning.Costs;

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
    public void Without_a_draft_a_round_is_a_token() => Assert.Equal(1, default(Speculation).ExpectedTokens);

    [Theory]
    [InlineData(-1, 0.5)]
    [InlineData(3, 1.5)]
    [InlineData(3, double.NaN)]
    public void Impossible_numbers_are_named(int drafted, double acceptance) => Assert.Throws<PlanningException>(() => new Speculation(drafted, acceptance));
}
