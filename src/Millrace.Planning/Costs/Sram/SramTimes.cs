using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Sram;

/// <summary>What a row of a table should show of a machine that holds the model in SRAM.</summary>
static class SramTimes
{
    // What a service adds before the first token, network and queue included: 0.22 s (LLMPerf, Llama 2 70B on LPUs), 0.17 s and 0.24 s (Llama 3.3 70B and 3.1 405B on wafers) are published.
    const double ServiceSeconds = 0.2;

    /// <summary>The number in base units.</summary>
    /// <param name="cost">A replica.</param>
    /// <param name="load">Its load.</param>
    /// <param name="clients">Sequences at once; they fill the stages before they share one.</param>
    /// <param name="kind">What was measured.</param>
    public static double Of(ICostModel cost, in ServingLoad load, int clients, QuantityKind kind)
    {
        ModelWork model = cost.Deployment.Model;
        int group = (int)Math.Ceiling((double)Math.Max(clients, 1) / cost.Stages);
        int input = (int)Math.Ceiling(load.MeanInput);
        StepTime step = cost.Step(model.Step(group, new SequenceWork(input + (int)(load.MeanOutput / 2), 1)));
        double first = ServiceSeconds + cost.Step(model.Step(1, new SequenceWork(0, input))).Seconds;
        return kind switch
        {
            QuantityKind.Token or QuantityKind.TokenTail => step.Seconds,
            QuantityKind.Cycle => first + (load.MeanOutput - 1) * step.Seconds,
            QuantityKind.Power => cost.Watts(step),
            _ => first,
        };
    }
}
