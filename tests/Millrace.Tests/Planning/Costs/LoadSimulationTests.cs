using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Planning.Costs;

public class LoadSimulationTests
{
    [Theory]
    [InlineData(4, 1024, 256)]
    [InlineData(32, 1024, 256)]
    [InlineData(64, 8000, 200)] // prompts wait for each other
    [InlineData(96, 4000, 1000)] // and for room
    public void It_says_what_the_live_scheduler_says(int clients, int input, int output)
    {
        Deployment deployment = Replica();
        RooflineCost cost = new(deployment, CoefficientSets.Typical, PowerModel.Usual, new ErrorBand("typical", 0, 0.5, 0.5, 1.5));
        ClosedLoopResult live = new ClosedLoop { Concurrency = clients, InputTokens = input, OutputTokens = output, LeastPart = 0.8, Steady = false, Requests = 8 * clients }.Run(cost);
        LoadTerms terms = Run(deployment, new ServingLoad(LoadKind.Clients, clients, input, output) { LeastPart = 0.8 });
        double request = StepTerms.OfRequest(0.9 * input).Times(CoefficientSets.Typical); // which the scheduler does not see
        Assert.Equal(live.Tpot.Mean, terms.Token.Times(CoefficientSets.Typical), 0.06 * live.Tpot.Mean);
        // Its requests come a step later: at most one step more.
        Assert.InRange(terms.First.Times(CoefficientSets.Typical) - request, 0.85 * live.Ttft.Mean, 1.15 * live.Ttft.Mean + 0.1);
    }

    [Fact]
    public void A_batch_begins_together()
    {
        Deployment deployment = Replica();
        LoadTerms one = Run(deployment, new ServingLoad(LoadKind.Batch, 1, 1024, 128) { Waves = 1 });
        LoadTerms many = Run(deployment, new ServingLoad(LoadKind.Batch, 16, 1024, 128) { Waves = 1 });
        Assert.Equal(16 * one.First[Term.PromptTokens], many.First[Term.PromptTokens], 0.02 * many.First[Term.PromptTokens]);
        Assert.True(many.Token[Term.Kv] > 10 * one.Token[Term.Kv]);
    }

    [Fact]
    public void Memory_decides_how_many_run_together()
    {
        LoadTerms full = Run(Replica(), new ServingLoad(LoadKind.Saturated, 1024, 5000, 500) { Reserve = 1, Waves = 2 });
        Assert.Equal(full.Clients, (int)ReplicaMemory.Sequences(Replica(), 5500));
    }

    [Fact]
    public void Nim_serves_as_many_sequences_as_memory_holds()
    {
        (double predicted, double measured) = Validation.Capacity();
        Assert.Equal(measured, predicted, 0.05 * measured);
    }

    static LoadTerms Run(Deployment deployment, ServingLoad load) => LoadSimulation.Run(deployment, new StepTerms(deployment), load, CoefficientSets.Typical);

    static Deployment Replica() => new(
        PlannedModel.Of(ModelCatalogue.Find("llama-3-70b")!, Precision.Fp8 with { Kv = NumberType.Fp8 }),
        DeviceCatalogue.BuiltIn.Get("h100"),
        new Parallelism(2),
        "vllm");
}
