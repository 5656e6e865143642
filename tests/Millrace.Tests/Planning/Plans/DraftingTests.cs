using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

public class DraftingTests
{
    static PlanRequest Request(double acceptance, int batch = 1, int drafted = 4) => Fake.Request(new PlanTarget()) with { Count = 8, Tensor = 8, Pipeline = 1, Batch = batch, Draft = new FakeModel(1), Speculation = new Speculation(drafted, acceptance) };

    [Fact]
    public void A_round_is_the_proposals_and_their_check()
    {
        Plan plan = Fake.Planner.Best(Fake.Gpu, Request(0.8));
        FakeCost model = new(new Deployment(new FakeModel(), Fake.Gpu, new Parallelism(8), "")), draft = new(new Deployment(new FakeModel(1), Fake.Gpu, new Parallelism(8), ""));
        double check = model.Step(new FakeModel().Step(1, new SequenceWork(1152, 5, 5))).Seconds;
        double propose = draft.Step(new FakeModel(1).Step(1, new SequenceWork(1152, 1))).Seconds;
        Assert.Equal((check + (4 * propose)) / 3.3616, plan.Point!.Tpot, 1e-9);
        double prompts = model.Step(new FakeModel().Step(1, new SequenceWork(0, 1024))).Seconds + draft.Step(new FakeModel(1).Step(1, new SequenceWork(0, 1024))).Seconds;
        Assert.Equal(prompts, plan.Point.Ttft, 1e-9);
        Assert.Equal(plan.Drafting!.Without, Fake.Planner.Best(Fake.Gpu, Request(0.8) with { Draft = null, Speculation = default }).Point!.Tpot, 1e-12);
    }

    [Fact]
    public void A_good_draft_pays_and_a_bad_one_costs()
    {
        Drafting good = Fake.Planner.Best(Fake.Gpu, Request(0.8)).Drafting!;
        Assert.True(good.Tpot(0.8) < 0.8 * good.Without);
        Assert.True(good.Tpot(0) > good.Without);
        double least = good.LeastAcceptance!.Value;
        Assert.InRange(good.Tpot(least), 0.99 * good.Without, good.Without);
    }

    [Fact]
    public void What_computing_bounds_gains_nothing_by_checking_more()
    {
        DeviceSpec slow = Fake.Gpu with { Peaks = new Dictionary<NumberType, Figure> { [NumberType.Fp8] = Fake.Made(1e12) } };
        Plan plan = Fake.Planner.Best(slow, Request(1, batch: 64));
        Assert.Null(plan.Drafting!.LeastAcceptance);
        Assert.Contains("least_acceptance", PlanFields.Of(plan).Unknown);
    }

    [Fact]
    public void A_draft_takes_memory()
    {
        Plan with = Fake.Planner.Best(Fake.Gpu, Request(0.5)), without = Fake.Planner.Best(Fake.Gpu, Request(0.5) with { Draft = null, Speculation = default });
        Assert.Equal(1e9, with.Memory!.Weights - without.Memory!.Weights, 1);
        Assert.Equal(2 * without.Memory.KvOfSequence, with.Memory.KvOfSequence, 1);
        Assert.Equal(0.5, with.State!.Capacity / (double)without.State!.Capacity, 0.01);
    }

    [Fact]
    public void Machines_that_draft_by_themselves_are_refused()
    {
        Plan plan = Fake.Planner.Best(DeviceCatalogue.BuiltIn.Get("groq-lpu"), Request(0.5));
        Assert.Contains("a draft is not modelled there", plan.Reason, StringComparison.Ordinal);
    }
}
