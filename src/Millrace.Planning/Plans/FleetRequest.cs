using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Planning.Simulation;

namespace Millrace.Planning.Plans;

/// <summary>What the cheapest fleet is looked for.</summary>
/// <param name="Load">Requests with their times of arrival.</param>
/// <param name="Targets">What so many percent of them must keep, in seconds.</param>
public sealed record FleetRequest(IReadOnlyList<PlannedRequest> Load, Targets Targets)
{
    /// <summary>The percentile that each target is for.</summary>
    public double Percent { get; init; } = 99;

    /// <summary>Devices to choose from.</summary>
    public required IReadOnlyList<DeviceSpec> Devices { get; init; }

    /// <summary>The model in each precision to choose from.</summary>
    public required IReadOnlyList<ModelWork> Models { get; init; }

    /// <summary>Bounds on the sequences of a replica to choose from.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [32, 64, 128, 256];

    /// <summary>Most chips of a fleet.</summary>
    public int MostChips { get; init; } = 4096;

    /// <summary>How many offers are wanted, each of another device or precision.</summary>
    public int Offers { get; init; } = 8;

    /// <summary>Tokens in a step.</summary>
    public int StepTokens { get; init; } = 8192;

    /// <summary>How requests are dealt to replicas.</summary>
    public RouterPolicy Router { get; init; }

    /// <summary>The engine whose calibration is used; "" for each device's usual one.</summary>
    public string Engine { get; init; } = "";

    /// <summary>US dollars per hour and chip; null: the catalogue's.</summary>
    public double? DollarsPerHour { get; init; }
}

/// <summary>A fleet that was simulated.</summary>
/// <param name="Options">Its replicas.</param>
/// <param name="Result">What it made of the load.</param>
/// <param name="Percent">The percentile that the targets are for.</param>
/// <param name="MeetsTargets">Whether it keeps them.</param>
public sealed record FleetOffer(FleetOptions Options, FleetResult Result, double Percent, bool MeetsTargets)
{
    /// <summary>Its replicas.</summary>
    public ReplicaGroup Group => Options.Groups[0];

    /// <summary>Its chips.</summary>
    public int Chips => Group.Count * Group.Cost.Deployment.Parallel.Chips;

    /// <summary>US dollars per hour.</summary>
    public double DollarsPerHour => Result.DollarsPerHour;

    /// <summary>Seconds to the first token, at the percentile.</summary>
    public double Ttft => Result.Ttft.Percentile(Percent);

    /// <summary>Seconds for each token after it, at the percentile.</summary>
    public double Tpot => Result.Tpot.Percentile(Percent);
}

/// <summary>What a search found.</summary>
/// <param name="Offers">Fleets that keep the targets, the cheapest first, the best of each device and precision.</param>
/// <param name="Simulated">All fleets that were simulated.</param>
/// <param name="Considered">Replicas that were looked at: divisions of devices with bounds on their sequences.</param>
/// <param name="Refused">Why devices are not among the offers.</param>
public sealed record FleetSearch(IReadOnlyList<FleetOffer> Offers, IReadOnlyList<FleetOffer> Simulated, int Considered, IReadOnlyList<string> Refused);
