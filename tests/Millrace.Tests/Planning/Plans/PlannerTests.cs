using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

public class PlannerTests
{
    [Fact]
    public void A_time_for_each_token_is_met_at_the_least_price_of_a_token()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget(0.03)));
        Assert.True(plan.MeetsTarget, plan.Reason);
        Assert.InRange(plan.Point!.Tpot, 0, 0.03);
        double price = plan.DollarsPerMillionOutput!.Value.Value;
        foreach (SteadyState other in Everything())
        {
            for (int batch = 1; batch <= other.Capacity; batch++)
            {
                OperatingPoint point = other.At(batch);
                double dollars = Plan.Split(2.0 * other.Cost.Deployment.Parallel.Chips, point, other).Output;
                Assert.True(point.Tpot > 0.03 || dollars >= price * (1 - 1e-9), $"{Layouts.Name(other.Cost.Deployment.Parallel)} at {batch}: {dollars} < {price}");
            }
        }
    }

    [Fact]
    public void A_budget_is_kept_by_the_fastest_that_keeps_it()
    {
        Plan cheap = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget(DollarsPerMillion: 1)));
        Plan fast = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget(DollarsPerMillion: 20)));
        Assert.True(cheap.MeetsTarget && fast.MeetsTarget);
        Assert.InRange(cheap.DollarsPerMillionOutput!.Value.Value, 0, 1);
        Assert.InRange(fast.DollarsPerMillionOutput!.Value.Value, 1, 20);
        Assert.True(fast.Point!.Tpot < cheap.Point!.Tpot);
        Assert.All(Everything(), other => Assert.True(other.At(1).Tpot >= fast.Point.Tpot || Plan.Split(2.0 * other.Cost.Deployment.Parallel.Chips, other.At(1), other).Output > 20));
    }

    [Fact]
    public void Users_get_as_many_replicas_as_they_need_and_no_more()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget(0.05, Users: 5000)));
        Assert.True(plan.MeetsTarget, plan.Reason);
        Assert.True(plan.Replicas * plan.Point!.Batch >= 5000);
        Assert.True((plan.Replicas - 1) * plan.Point.Batch < 5000);
        Assert.InRange(plan.Point.Tpot, 0, 0.05);
    }

    [Fact]
    public void Chips_that_were_asked_for_are_all_used()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 8 });
        Assert.Equal(8, plan.Chips);
        Assert.Equal(8, plan.Parallel.Chips * plan.Replicas);
        Assert.Equal([(2, 1), (1, 2), (4, 1), (2, 2), (1, 4), (8, 1), (4, 2), (2, 4), (1, 8)], plan.Choices.Select(choice => (choice.Cost.Deployment.Parallel.Tensor, choice.Cost.Deployment.Parallel.Pipeline)).OrderBy(static way => way.Tensor * way.Pipeline).ThenByDescending(static way => way.Tensor));
    }

    [Fact]
    public void A_batch_that_is_too_large_is_held_against_the_division_with_most_room()
    {
        string? reason = Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 8, Batch = 1_000_000 }).Reason;
        int most = Everything().Where(static state => state.Cost.Deployment.Parallel.Chips <= 8).Max(static state => state.Capacity);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"beyond the {most} sequences"), reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_alone_is_served_by_the_smallest_machine_that_holds_it()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget()) with { Batch = 1 });
        Assert.Equal((2, 1, 1), (plan.Chips, plan.Replicas, plan.Point!.Batch));
        Assert.Equal(2, plan.Parallel.Tensor); // two groups of layers would be slower
    }

    [Fact]
    public void What_is_asked_of_the_division_is_kept()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request() with { Count = 8, Tensor = 2, Pipeline = 2 });
        Assert.Equal(new Parallelism(2, 2), plan.Parallel);
        Assert.Equal(2, plan.Replicas);
        Plan experts = Fake.Planner.Best(Fake.Gpu, Fake.Request(experts: 64) with { Count = 8, Tensor = 8, Expert = 8 });
        Assert.Equal(new Parallelism(8, 1, 8), experts.Parallel);
    }

    [Theory]
    [InlineData(1, null, null, null, "does not fit 1 × Fake GPU: weights 70 GB and 210 MB of keys and values for one sequence of 1280 tokens, but 68 GB of its 80 GB are for them: 2.21 GB are missing; 2 would hold it", 70.0)]
    [InlineData(8, 3, null, null, "8 × Fake GPU cannot be divided into replicas of 3 (TP3)", 70.0)]
    [InlineData(3, 3, null, null, "TP3 neither divides the model's 8 KV heads nor is a multiple of them", 70.0)]
    [InlineData(16, 16, null, null, "TP16 is more than the 8 chips that wires joins", 70.0)]
    [InlineData(81, 1, 81, null, "PP81 is more than the model's 80 layers", 70.0)]
    [InlineData(8, 8, null, 8, "fake-model has no experts to spread over EP8", 70.0)]
    public void What_cannot_be_is_named(int count, int? tensor, int? pipeline, int? expert, string reason, double billions)
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(billions: billions) with { Count = count, Tensor = tensor, Pipeline = pipeline, Expert = expert });
        Assert.False(plan.Fits);
        Assert.Contains(reason, plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_beyond_the_memory_is_named()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget()) with { Count = 2, Batch = 100_000 });
        Assert.False(plan.Fits);
        Assert.Contains("a batch of 100000 is beyond the 314 sequences of 1280 tokens that fit", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_out_of_reach_is_named_beside_the_nearest_plan()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Fake.Request(new PlanTarget(0.001)));
        Assert.True(plan.Fits && !plan.MeetsTarget);
        Assert.Matches("misses 1 ms/token: [0-9.]+ ms at batch 1$", plan.Reason);
        Assert.Equal(8, plan.Parallel.Tensor);
    }

    [Fact]
    public void Devices_are_ranked_by_the_target_and_those_that_fail_come_last()
    {
        DeviceSpec dear = Fake.Gpu with { Id = "dear", DollarsPerHour = [Fake.Made(20)] };
        DeviceSpec unpriced = Fake.Gpu with { Id = "unpriced", DollarsPerHour = [] };
        DeviceSpec slow = Fake.Gpu with { Id = "slow", Memory = [new("HBM", Fake.Made(80e9), Fake.Made(1e10))] };
        DeviceSpec small = Fake.Gpu with { Id = "small", Memory = [new("HBM", Fake.Made(1e8), Fake.Made(3e12))] };
        IReadOnlyList<Plan> plans = Fake.Planner.Rank([small, slow, unpriced, dear, Fake.Gpu], Fake.Request());
        Assert.Equal(["fake-gpu", "dear", "unpriced", "slow", "small"], plans.Select(plan => plan.Device.Id));
        Assert.Equal([true, true, true, false, false], plans.Select(plan => plan.MeetsTarget));
    }

    [Theory, Trait("Probe", "89")]
    [InlineData(0, 3e12, 1e15, "HBM capacity: expected a number above 0, found 0")]
    [InlineData(-80e9, 3e12, 1e15, "HBM capacity: expected a number above 0, found -80000000000")]
    [InlineData(double.NaN, 3e12, 1e15, "HBM capacity: expected a number above 0, found NaN")]
    [InlineData(80e9, 0, 1e15, "HBM bandwidth: expected a number above 0, found 0")]
    [InlineData(80e9, double.PositiveInfinity, 1e15, "HBM bandwidth: expected a number above 0, found Infinity")]
    [InlineData(80e9, 3e12, 0, "Fp8 peak: expected a number above 0, found 0")]
    public void Impossible_figures_of_a_device_are_named(double bytes, double bandwidth, double peak, string reason)
    {
        DeviceSpec device = Fake.Gpu with { Memory = [new("HBM", Fake.Made(bytes), Fake.Made(bandwidth))], Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp8] = Fake.Made(peak) } };
        Plan plan = Fake.Planner.Best(device, Fake.Request());
        Assert.False(plan.Fits);
        Assert.Contains(reason, plan.Reason, StringComparison.Ordinal);
    }

    static IEnumerable<SteadyState> Everything() =>
        from chips in new[] { 1, 2, 4, 8, 16, 32, 64 }
        from parallel in Layouts.Over(chips, Fake.Gpu, Fake.Request())
        let state = new SteadyState(new FakeCost(new Deployment(new FakeModel(), Fake.Gpu, parallel, "")), 1024, 256)
        where state.Capacity > 0 && state.Capacity < 20_000
        select state;
}
