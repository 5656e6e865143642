using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

public class LpuCostTests
{
    static readonly LpuChip Chip = new(SramModels.Lpu);

    [Theory]
    [InlineData(70.6e9, 307)] // int8
    [InlineData(141.2e9, 614)] // FP16
    public void Weights_alone_need_as_many_chips_as_their_bytes_fill(double bytes, int chips) => Assert.Equal(chips, LpuMachine.LeastChips(bytes, Chip));

    [Theory]
    [InlineData("int8", 307)]
    [InlineData("fp16", 613)]
    public void Seventy_billion_weights_in_whole_layers_need_more_than_their_bytes(string precision, int least)
    {
        PlannedModel model = SramModels.Of("llama-3-70b", precision);
        LpuMachine machine = LpuPlacement.Fewest(model, Chip);
        Assert.InRange(machine.Chips, Math.Max(least, LpuMachine.LeastChips(model.WeightBytes, Chip)), least * 1.3);
        Assert.Equal(model.WeightBytes, machine.Placement.Sum(stage => stage.WeightBytes), model.WeightBytes * 1e-9);
    }

    [Fact]
    public void Room_for_keys_is_what_the_fullest_stage_leaves()
    {
        LpuMachine machine = new(SramModels.Of("llama-3-70b"), Chip, 8, 84);
        Assert.True(machine.KvTokens > 0);
        Stage fullest = machine.Placement.MaxBy(stage => stage.KvBytesPerToken == 0 ? 0 : stage.WeightBytes);
        Assert.Equal(machine.StageBytes, fullest.WeightBytes + machine.KvTokens * fullest.KvBytesPerToken, machine.StageBytes * 1e-9);
        Assert.All(machine.Placement, stage => Assert.True(stage.WeightBytes + machine.KvTokens * stage.KvBytesPerToken <= stage.Slots * machine.StageBytes * (1 + 1e-9)));
        Assert.InRange(machine.StageBytes, 8 * 0.9 * Chip.SramBytes, 8 * Chip.SramBytes);
    }

    [Fact]
    public void All_experts_are_resident()
    {
        PlannedModel model = SramModels.Of("mixtral-8x7b");
        LpuMachine machine = LpuPlacement.Usual(model, Chip);
        Assert.Equal(model.WeightBytes, machine.Placement.Sum(stage => stage.WeightBytes), model.WeightBytes * 1e-9);
        Assert.True(machine.Chips * Chip.SramBytes > model.WeightBytes);
    }

    [Fact]
    public void The_fitted_cycles_are_the_fit_to_the_published_speeds() =>
        Assert.Equal(LpuCalibration.DependenceCycles, LpuCalibration.Fit([.. LpuCalibration.Points.Select(point => (point, LpuCalibration.Machine(point, Chip)))]));

    [Fact]
    public void Printed_error_is_that_of_points_left_out()
    {
        IReadOnlyList<HeldOut> points = LpuCalibration.LeaveOneOut(SramModels.Lpu);
        ErrorBand band = HeldOut.Band(LpuCalibration.Error.Basis, points);
        Assert.Equal(band.Points, LpuCalibration.Error.Points);
        Assert.Equal(band.Median, LpuCalibration.Error.Median, 0.001);
        Assert.Equal(band.Low, LpuCalibration.Error.Low, 0.01);
        Assert.Equal(band.High, LpuCalibration.Error.High, 0.01);
        Assert.All(points, point => Assert.InRange(point.Ratio, band.Low, band.High));
    }

    [Fact]
    public void Public_count_of_chips_holds_the_model_and_gives_the_public_speed()
    {
        PlannedModel model = SramModels.Of("llama-2-70b");
        LpuCost cost = new(new(model, SramModels.Lpu, SramLayouts.Usual(model, SramModels.Lpu, 576, 4096), ""));
        Assert.InRange(cost.Deployment.Parallel.Chips, 500, 576);
        StepTime step = cost.Step(cost.Deployment.Model.Step(1, new(512, 1)));
        Assert.InRange(1 / step.Seconds, 300 / cost.Error.High, 300 / cost.Error.Low);
        Assert.Equal("fixed cost", step.Bound); // not the 3 µs of reading weights at 80 TB/s a chip
    }

    [Fact]
    public void One_stage_of_many_chips_means_only_how_many_there_are()
    {
        PlannedModel model = SramModels.Of("llama-2-70b");
        LpuCost divided = new(new(model, SramModels.Lpu, SramLayouts.Usual(model, SramModels.Lpu, 576), ""));
        LpuCost counted = new(new(model, SramModels.Lpu, new(576), ""));
        Assert.Equal(divided.Step(model.Step(1, new(512, 1))), counted.Step(model.Step(1, new(512, 1))));
    }

    [Theory]
    [InlineData("groq-lpu", 300, 1000)]
    [InlineData("wse-3", 4, 8)]
    public void A_plan_finds_chips_that_hold_the_model(string device, int least, int most)
    {
        Millrace.Planning.Plans.Planner planner = new(CostModels.For);
        Millrace.Planning.Plans.PlanRequest request = new(SramModels.Of("llama-3-70b", device == "wse-3" ? "fp16" : "int8"), 1024, 256, Millrace.Planning.Plans.PlanTarget.Default);
        Millrace.Planning.Plans.Plan plan = planner.Best(DeviceCatalogue.BuiltIn.Get(device), request).Simulated();
        Assert.True(plan.Fits && plan.MeetsTarget, plan.Reason);
        Assert.InRange(plan.Chips, least, most);
        Assert.NotNull(plan.Loaded);
        Assert.Contains("hold", planner.Best(DeviceCatalogue.BuiltIn.Get(device), request with { Count = 2 }).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_of_the_model_is_the_step_of_the_machine()
    {
        PlannedModel model = SramModels.Of("gpt-oss-20b");
        LpuCost cost = new(new(model, SramModels.Lpu, new(8, 26), ""));
        Assert.Equal(cost.Machine.Cycles(SramStep.Decode(1000, 4)) / LpuChip.Hertz, cost.Step(model.Step(4, new(1000, 1))).Seconds, 1e-9);
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        LpuCost cost = new(new(SramModels.Of("mixtral-8x7b"), SramModels.Lpu, new(8, 34), ""));
        StepWork work = cost.Deployment.Model.Step(3, new(100, 1));
        cost.Step(work);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            cost.Step(work);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Too_few_chips_say_how_many_would_do()
    {
        PlanningException refused = Assert.Throws<PlanningException>(() => SramLayouts.Of(SramModels.Of("llama-3-70b"), SramModels.Lpu, 64, 1024));
        Assert.Contains($"{LpuPlacement.Fewest(SramModels.Of("llama-3-70b"), Chip).Chips} would hold them", refused.Message, StringComparison.Ordinal);
        Assert.True(new LpuCost(new(SramModels.Of("llama-3-70b"), SramModels.Lpu, new(8, 8), "")).KvCapacityBytes < 0);
    }

    [Fact]
    public void Sram_smaller_than_a_slice_of_a_layer_is_named()
    {
        LpuChip small = new(SramModels.Lpu.WithSram(100e3));
        Assert.Contains("100 kB", Assert.Throws<PlanningException>(() => LpuPlacement.Usual(SramModels.Of("llama-3-8b"), small)).Message, StringComparison.Ordinal);
        Assert.Contains("llama-3-8b", Assert.Throws<PlanningException>(() => LpuPlacement.Fewest(SramModels.Of("llama-3-8b"), small)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Impossible_figures_are_named(double value)
    {
        Assert.Contains("bytes of SRAM", Assert.Throws<PlanningException>(() => new LpuChip(SramModels.Lpu.WithSram(value))).Message, StringComparison.Ordinal);
        Assert.Contains("bytes per second of SRAM", Assert.Throws<PlanningException>(() => new LpuChip(SramModels.Lpu.WithSram(230e6, value))).Message, StringComparison.Ordinal);
        Assert.Contains("links", Assert.Throws<PlanningException>(() => new LpuChip(SramModels.Lpu.WithLink(value))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_chips_than_links_join_are_refused()
    {
        DeviceSpec two = SramModels.Lpu with { Link = SramModels.Lpu.Link! with { DomainChips = 2 } };
        Assert.Contains("more than the 2", Assert.Throws<PlanningException>(() => new LpuCost(new(SramModels.Of("llama-3-8b"), two, new(8, 34), ""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Faster_figures_make_faster_chips()
    {
        PlannedModel model = SramModels.Of("llama-3-8b");
        long usual = new LpuMachine(model, Chip, 8, 34).Cycles(SramStep.Decode(100));
        Assert.True(new LpuMachine(model, new(SramModels.Lpu.WithLink(224e7)), 8, 34).Cycles(SramStep.Decode(100)) > usual);
        Assert.True(new LpuMachine(model, new(SramModels.Lpu.WithSram(230e6, 1e12)), 8, 34).Cycles(SramStep.Decode(100)) > usual);
    }
}
