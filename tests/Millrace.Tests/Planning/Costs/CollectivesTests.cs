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
    public void Small_messages_are_summed_in_one_round_and_large_ones_are_not()
    {
        Assert.Equal((7000, 1), Collectives.OneShot(8, 1000));
        Assert.Equal(1e-6 + 7 * 1e3 / 450e9, Collectives.AllReduceSeconds(8, 1e3, 450e9, 1e-6), 1e-12);
        Assert.Equal(6e-6 + 1.75 * 64e6 / 450e9, Collectives.AllReduceSeconds(8, 64e6, 450e9, 1e-6), 1e-12);
    }

    [Fact]
    public void An_exchange_keeps_the_own_part()
    {
        Assert.Equal((750, 1), Collectives.AllToAll(4, 1000));
        Assert.Equal(default, Collectives.AllToAll(1, 1000));
    }
}
