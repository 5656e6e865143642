using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs;

/// <summary>Power of a chip as a part of the most that it may take: what it takes idle, and more for the time in which memory and multipliers are busy.</summary>
/// <param name="Idle">With clocks up and nothing to do.</param>
/// <param name="Memory">More while memory is read all the time.</param>
/// <param name="Compute">More while products are computed all the time.</param>
sealed record PowerModel(double Idle, double Memory, double Compute)
{
    // Data sheets of some clouds' chips give none: a guess from their kind.
    const double UnknownWatts = 300;

    /// <summary>From GPU power measured while Llama 2 70B and BLOOM were served on A100s (Splitwise, ISCA 2024): 0.43 of the most at TP8, where memory is busy half the time, 0.74 at TP2, about 1 for prompts.</summary>
    public static PowerModel Usual { get; } = new(0.25, 0.45, 0.75);

    /// <summary>The most that a chip may take, in watts.</summary>
    public static double Most(DeviceSpec device) => device.Watts?.Value is double watts and > 0 ? watts : UnknownWatts;

    /// <summary>The part of the most, for parts of the time in which memory and multipliers are busy.</summary>
    public double Part(double memory, double compute) => Math.Min(1, Idle + Memory * memory + Compute * compute);

    /// <summary>Watts of all chips of a replica.</summary>
    public double Watts(Deployment deployment, double memory, double compute) => deployment.Parallel.Chips * Most(deployment.Device) * Part(memory, compute);
}
