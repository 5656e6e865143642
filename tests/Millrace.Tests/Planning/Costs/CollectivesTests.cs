using Millrace.Planning.Costs;

namespace Millrace.Tests.Planning.Costs;

public class CollectivesTests
{
    [Theory]
    [InlineData(1, true, 0, 0)]
    [InlineData(2, true, 1000, 2)]
    [InlineData(8, true, 1750, 6)]
    [InlineData(8, false, 1750, 14)]
    public void A_sum_sends_twice_all_but_a_part(int chips, bool joined, double bytes, double rounds) =>
        Assert.Equal((bytes, rounds), Collectives.AllReduce(chips, 1000, joined));

    [Fact]
    public void An_exchange_keeps_the_own_part()
    {
        Assert.Equal((750, 1), Collectives.AllToAll(4, 1000));
        Assert.Equal(default, Collectives.AllToAll(1, 1000));
    }
}
