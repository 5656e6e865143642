using Millrace.Planning;
using Millrace.Planning.Costs.Systolic;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Costs;

public class SystolicTests
{
    [Fact]
    public void A_small_batch_takes_as_long_as_the_array_is_deep()
    {
        SystolicArray array = SystolicArray.Of(DeviceCatalogue.BuiltIn.Get("tpu-v5e"));
        double Seconds(int rows) => 2.0 * rows * 4096 * 4096 / (197e12 * array.Utilisation(rows, 4096, 4096));
        double one = Seconds(1);
        Assert.Equal(one, Seconds(array.Rows), one * 1e-9);
        Assert.Equal(2 * one, Seconds(2 * array.Rows), one * 1e-9);
        Assert.Equal(1, array.Utilisation(128, 4096, 4096), 1e-12);
    }

    [Theory]
    [InlineData(128, 128, 512, 1)]
    [InlineData(128, 64, 512, 0.5)] // half the rows of each tile
    [InlineData(128, 128, 128, 0.25)] // one tile for four arrays
    [InlineData(64, 128, 512, 0.5)]
    [InlineData(0, 128, 512, 0)]
    public void Utilisation_counts_what_lies_idle(double rows, double inputs, double outputs, double expected) =>
        Assert.Equal(expected, SystolicArray.Of(DeviceCatalogue.BuiltIn.Get("tpu-v5e")).Utilisation(rows, inputs, outputs), 1e-12);

    [Fact]
    public void A_ring_sends_each_byte_twice_and_halfway_round()
    {
        Torus ring = new([12], [true], 50e9, 1e-6);
        Assert.Equal(2 * (6e-6 + 1e9 * 11 / 12 / 100e9), ring.AllReduceSeconds(1e9), 1e-12);
    }

    [Theory]
    [InlineData("tpu-v6e", 8, 8)]
    [InlineData("tpu-v5p", 64, 64)]
    [InlineData("trainium1", 16, 16)]
    [InlineData("inferentia2", 12, 12)]
    [InlineData("tpu-v5e", 1, 1)]
    public void Axes_hold_all_chips(string device, int chips, int expected) => Assert.Equal(expected, Torus.Of(DeviceCatalogue.BuiltIn.Get(device), chips).Chips);

    [Fact]
    public void Closed_axes_are_faster_than_open_ones()
    {
        DeviceSpec device = DeviceCatalogue.BuiltIn.Get("tpu-v6e");
        Torus torus = Torus.Of(device, 256);
        Assert.All(torus.Closed, Assert.True);
        Assert.All(Torus.Of(device, 16).Closed, Assert.False);
        Assert.True(torus.AllReduceSeconds(1e8) < (torus with { Closed = [false, false] }).AllReduceSeconds(1e8));
        Assert.Equal(0, Torus.Of(device, 1).AllReduceSeconds(1e8));
    }

    [Fact]
    public void A_missing_or_dead_link_is_named()
    {
        DeviceSpec device = DeviceCatalogue.BuiltIn.Get("tpu-v6e");
        Assert.Contains("not known", Assert.Throws<PlanningException>(() => Torus.Of(device with { Link = null }, 8)).Message, StringComparison.Ordinal);
        Assert.Contains("found 0", Assert.Throws<PlanningException>(() => Torus.Of(device.WithLink(0), 8)).Message, StringComparison.Ordinal);
    }
}
