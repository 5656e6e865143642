using Millrace.Devices.Cpu;
using Millrace.Scheduling;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>How a request stands or went: numbers, and nothing of what was said.</summary>
public sealed record RequestRecord
{
    /// <summary>The request.</summary>
    public required RequestId Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Tenant { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The operation, as <see cref="InferenceRequest.Operation"/>.</summary>
    public required string Operation { get; init; }

    /// <summary>The class it is served in.</summary>
    public required ServiceClass Class { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>What it used so far.</summary>
    public required Usage Usage { get; init; }

    /// <summary>What became of each of its answers; empty while it runs.</summary>
    public required IReadOnlyList<GenerationTrace> Traces { get; init; }

    /// <summary>Where its model's weights are.</summary>
    public required WeightMode Weights { get; init; }

    /// <summary>Which kernels ran in how many steps of its answers; empty while it runs.</summary>
    public required IReadOnlyList<KernelSteps> Kernels { get; init; }

    /// <summary>What a step of its model consists of.</summary>
    public required IReadOnlyList<OperationUse> Operations { get; init; }

    /// <summary>Its bill; null while it runs.</summary>
    public required Receipt? Receipt { get; init; }
}
