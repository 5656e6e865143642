using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>What a row of a table ran: the deployment of one replica, its load, and what was measured.</summary>
sealed record Scenario
{
    /// <summary>The replica.</summary>
    public required Deployment Deployment { get; init; }

    /// <summary>Replicas that shared the load.</summary>
    public required int Replicas { get; init; }

    /// <summary>The load of one.</summary>
    public required ServingLoad Load { get; init; }

    /// <summary>The metric as the row names it.</summary>
    public required string Metric { get; init; }

    /// <summary>What it is measured by: rows of different benchmarks differ though their numbers are called the same.</summary>
    public required string Protocol { get; init; }

    /// <summary>The precision's name.</summary>
    public required string Precision { get; init; }

    /// <summary>The engine with its version, and when.</summary>
    public required string Version { get; init; }

    /// <summary>What prices a replica that holds the model in SRAM; null for chips that read weights from memory, whose terms are calibrated.</summary>
    public ICostModel? Sram { get; init; }

    /// <summary>The engine.</summary>
    public string Engine => Deployment.Engine;

    /// <summary>Chips in all.</summary>
    public int Chips => Deployment.Parallel.Chips * Replicas;

    /// <summary>The model.</summary>
    public ModelWork Model => Deployment.Model;

    /// <summary>What was measured, when the number of clients is known.</summary>
    public MeasuredQuantity Quantity(int clients) => Protocol == "batched" && Metric.Contains("tok/s", StringComparison.OrdinalIgnoreCase)
        ? new MeasuredQuantity(QuantityKind.Token, clients, true) // such benches time decoding alone
        : MeasuredQuantity.Of(Metric, Load, clients, Chips, Replicas, PowerModel.Most(Deployment.Device));
}
