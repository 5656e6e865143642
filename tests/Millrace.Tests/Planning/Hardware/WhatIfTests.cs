using Millrace.Planning;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Hardware;

public class WhatIfTests
{
    static DeviceSpec H100 => DeviceCatalogue.BuiltIn.Get("h100");

    [Fact]
    public void Setting_replaces_one_figure_and_says_so()
    {
        DeviceSpec changed = H100.With("hbm.bandwidth=6TB/s");
        Assert.Equal(new Figure(6e12, "what-if"), changed.MainMemory.BytesPerSecond);
        Assert.Equal(H100.MainMemory.Bytes, changed.MainMemory.Bytes);
        Assert.Equal(3.35e12, H100.MainMemory.BytesPerSecond!.Value);
        Assert.Equal(160.0 * (1L << 30), H100.With("memory.capacity=160GiB").MainMemory.Bytes!.Value);
        Assert.Equal(4e15, H100.With("peak.fp8=4PFLOPS").Peaks[NumberType.Fp8].Value);
        Assert.Equal(9e11, H100.With("link.bandwidth=900GB/s").Link!.BytesPerSecond!.Value);
        Assert.Equal(2e-6, H100.With("link.latency=2us").Link!.LatencySeconds!.Value, 1e-12);
        Assert.Equal(72, H100.With("link.chips=72").Link!.DomainChips);
        Assert.Equal(500, H100.With("watts=500W").Watts!.Value);
        Assert.Equal(2.5, H100.With("price=$2.5/h").DollarsPerHour[0].Value);
        Assert.Equal(16, H100.With("chips=16").SystemChips);
    }

    [Fact]
    public void Named_what_if_is_its_settings()
    {
        DeviceSpec changed = H100.With("hbm4");
        Assert.Equal(6e12, changed.MainMemory.BytesPerSecond!.Value);
        Assert.Equal("H100 SXM 80GB with HBM4", changed.Name);
    }

    [Fact]
    public void Link_can_be_given_to_a_device_that_has_none() => Assert.Equal(1e10, DeviceCatalogue.BuiltIn.Get("apple-m4-max").With("link.bandwidth=10GB").Link!.BytesPerSecond!.Value);

    [Theory]
    [InlineData("hbm.bandwidth=0", "found 0")]
    [InlineData("hbm.bandwidth=-6e12", "found -6e12")]
    [InlineData("hbm.bandwidth=NaN", "found NaN")]
    [InlineData("hbm.bandwidth=Infinity", "found Infinity")]
    [InlineData("hbm.bandwidth=1e400", "found 1e400")]
    [InlineData("hbm.bandwidth=", "hbm.bandwidth: expected a finite number above 0")]
    [InlineData("hbm.bandwidth=6 parsecs", "found 6 parsecs")]
    [InlineData("hbm.speed=6e12", "expected one of LEVEL.bandwidth")]
    [InlineData("sram.bandwidth=6e12", "expected a memory of h100: memory, hbm, l2, found sram")]
    [InlineData(".bandwidth=6e12", "found nothing")]
    [InlineData("peak.fp9=1e15", "peak: expected one of fp32, fp16")]
    [InlineData("peak.0=1e15", "peak: expected one of fp32, fp16")]
    [InlineData("peak.=1e15", "peak: expected one of fp32, fp16")]
    [InlineData("link.colour=1", "link: expected bandwidth, latency or chips, found colour")]
    [InlineData("chips=1.5", "chips: expected a whole number from 1 to 1000000, found 1.5")]
    [InlineData("HBM9", "expected NAME=VALUE or one of HBM4")]
    [InlineData("", "expected NAME=VALUE")]
    public void Wrong_setting_is_refused_by_name(string setting, string message)
    {
        PlanningException problem = Assert.Throws<PlanningException>(() => H100.With(setting));
        Assert.StartsWith("--set: ", problem.Message, StringComparison.Ordinal);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6e12", 6e12)]
    [InlineData("6 TB/s", 6e12)]
    [InlineData("80GiB", 80.0 * 1073741824)]
    [InlineData("80gb", 80e9)]
    [InlineData("1.5kW", 1500)]
    [InlineData("10µs", 1e-5)]
    [InlineData("2000 TFLOPS", 2e15)]
    [InlineData("38TOPS", 38e12)]
    public void Number_has_its_unit(string text, double expected)
    {
        Assert.True(Quantity.TryParse(text, out double value));
        Assert.Equal(expected, value, expected * 1e-12);
    }
}
