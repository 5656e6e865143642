using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Planning.Costs;
using Millrace.Planning.Models;

namespace Millrace.Planning.Simulation;

/// <summary>The live planner of step sizes, for a model that no engine runs.</summary>
static class PieceSizes
{
    /// <summary>A planner for steps of a replica.</summary>
    public static StepPlanner Planner(FleetOptions options, ICostModel cost, int sequences)
    {
        ModelWork model = cost.Deployment.Model;
        StepWork token = model.Step(1, new SequenceWork(0, 1, 0));
        StepWork later = model.Step(1, new SequenceWork(1, 1, 0));
        // It asks for operations alone; those of a key are the same for all layers that look at all keys.
        StepCost flops = new([0], 0, 1, 0, (long)token.MatrixFlops, 0, [(0, 0, (long)(later.AttentionFlops - token.AttentionFlops))]);
        EngineOptions engine = new() { Device = new CpuOptions { MaxTokens = options.StepTokens }, MaxSequences = sequences, Targets = options.Gaps };
        return new StepPlanner(engine, flops);
    }
}
