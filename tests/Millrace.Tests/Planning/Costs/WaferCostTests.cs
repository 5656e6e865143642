using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Costs.Wafer;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

public class WaferCostTests
{
    static readonly WaferChip Chip = new(SramModels.Wafer);

    [Theory]
    [InlineData("llama-3-8b", 1, 1)]
    [InlineData("llama-3-70b", 4, 4)] // as published
    [InlineData("llama-3.1-405b", 19, 21)] // at least 19, as published; 21 in whole layers
    public void Weights_in_16_bits_need_so_many_wafers(string name, int bytes, int layers)
    {
        PlannedModel model = SramModels.Of(name, "fp16");
        Assert.Equal(bytes, WaferMachine.LeastWafers(model.WeightBytes, Chip));
        Assert.Equal(layers, WaferMachine.Place(model, Chip, 1024).Wafers);
        Assert.True(new WaferMachine(model, Chip, layers).KvTokens > 1024);
        Assert.True(layers == 1 || new WaferMachine(model, Chip, layers - 1).KvTokens < 1024);
    }

    [Fact]
    public void Room_for_keys_is_what_the_fullest_wafer_leaves()
    {
        WaferMachine machine = new(SramModels.Of("llama-3-70b", "fp16"), Chip, 4);
        Assert.All(machine.Placement, wafer => Assert.True(wafer.WeightBytes + machine.KvTokens * wafer.KvBytesPerToken <= Chip.SramBytes * (1 + 1e-9)));
        Assert.Contains(machine.Placement, wafer => Math.Abs(wafer.WeightBytes + machine.KvTokens * wafer.KvBytesPerToken - Chip.SramBytes) < 1e3);
    }

    [Fact]
    public void The_fitted_figures_are_the_fit_to_the_published_speeds()
    {
        (SramPoint, WaferMachine)[] points = [.. WaferCalibration.Points.Select(point => (point, WaferCalibration.Machine(point, Chip)))];
        Assert.Equal(WaferCalibration.Factor, WaferCalibration.Fit(points, drafted: false), 0.005);
        Assert.Equal(WaferCalibration.TokensPerStep, WaferCalibration.Factor / WaferCalibration.Fit(points, drafted: true), 0.005);
    }

    [Fact]
    public void Printed_error_is_that_of_points_left_out()
    {
        IReadOnlyList<HeldOut> points = WaferCalibration.LeaveOneOut(SramModels.Wafer);
        ErrorBand band = HeldOut.Band(WaferCalibration.Error.Basis, points);
        Assert.Equal(band.Points, WaferCalibration.Error.Points);
        Assert.Equal(band.Median, WaferCalibration.Error.Median, 0.001);
        Assert.Equal(band.Low, WaferCalibration.Error.Low, 0.01);
        Assert.Equal(band.High, WaferCalibration.Error.High, 0.01);
        Assert.All(points, point => Assert.InRange(point.Ratio, band.Low, band.High));
    }

    [Theory]
    [InlineData("2024-08", 450)]
    [InlineData("", 2100)]
    public void Software_of_a_month_gives_the_speed_of_that_month(string engine, double measured)
    {
        WaferCost cost = new(new(SramModels.Of("llama-3.1-70b", "fp16"), SramModels.Wafer, new(1, 4), engine));
        double speed = 1 / cost.Step(cost.Deployment.Model.Step(1, new(512, 1))).Seconds;
        Assert.InRange(speed, measured / cost.Error.High, measured / cost.Error.Low);
    }

    [Fact]
    public void A_draft_speeds_up_decoding_and_not_prompts()
    {
        PlannedModel model = SramModels.Of("llama-3-70b", "fp16");
        WaferMachine plain = new(model, Chip, 4, WaferSoftware.Plain);
        WaferMachine drafting = new(model, Chip, 4, WaferSoftware.Drafting);
        SramStep prompt = new(512, 1, 1, 512, 256);
        Assert.Equal(plain.Seconds(prompt), drafting.Seconds(prompt));
        Assert.Equal(plain.Seconds(SramStep.Decode(9)), drafting.Seconds(SramStep.Decode(9)) * WaferCalibration.TokensPerStep, 1e-9);
    }

    [Fact]
    public void Parts_of_a_step_are_the_step()
    {
        WaferCost cost = new(new(SramModels.Of("llama-3-8b", "fp16"), SramModels.Wafer, new(1, 1), ""));
        StepTime time = cost.Step(cost.Deployment.Model.Step(2, new(100, 1)));
        Assert.Equal(time.Seconds, time.Weights + time.Kv + time.Compute + time.Link + time.Fixed, 1e-12);
        Assert.Equal(time, cost.Step(cost.Deployment.Model.Step(2, new(100, 1))));
        Assert.Equal(34, cost.Stages);
        Assert.Equal(23_000, cost.Watts(time));
    }

    [Fact]
    public void A_layer_larger_than_a_wafer_is_named()
    {
        WaferChip small = new(SramModels.Wafer.WithSram(1e9));
        string reason = Assert.Throws<PlanningException>(() => WaferMachine.Place(SramModels.Of("llama-3.1-405b", "fp16"), small, 1024)).Message;
        Assert.Contains("blk.", reason, StringComparison.Ordinal);
        Assert.Contains("1 GB", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void Impossible_figures_are_named(double value)
    {
        Assert.Contains("bytes of SRAM", Assert.Throws<PlanningException>(() => new WaferChip(SramModels.Wafer.WithSram(value))).Message, StringComparison.Ordinal);
        Assert.Contains("between wafers", Assert.Throws<PlanningException>(() => new WaferChip(SramModels.Wafer.WithLink(value))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trillion_weights_are_placed()
    {
        PlannedModel model = SramModels.Of("kimi-k2");
        Assert.InRange(WaferMachine.Place(model, Chip, 8192).Wafers, WaferMachine.LeastWafers(model.WeightBytes, Chip), 47);
        Assert.InRange(Millrace.Planning.Costs.Lpu.LpuPlacement.Fewest(model, new(SramModels.Lpu)).Chips, 4474, 10_440);
    }
}
