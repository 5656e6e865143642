using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>A fleet, and how it is run.</summary>
public sealed record FleetOptions
{
    /// <summary>Its replicas; either all do both, or some do prompts and some answers.</summary>
    public required IReadOnlyList<ReplicaGroup> Groups { get; init; }

    /// <summary>How requests are dealt to them.</summary>
    public RouterPolicy Router { get; init; }

    /// <summary>Whether equal beginnings of prompts are found in a replica's cache.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Tokens in a step: the largest piece of prompts.</summary>
    public int StepTokens { get; init; } = 8192;

    /// <summary>Sequences that run together on a replica.</summary>
    public int MaxSequences { get; init; } = 256;

    /// <summary>Tokens of a usual sequence, which decides how many fit where layers have windows.</summary>
    public int UsualTokens { get; init; } = 2048;

    /// <summary>Tokens of a long sequence: a pipeline has no more batches under way than find room for one each. 0 for a usual one.</summary>
    public int LongTokens { get; init; }

    /// <summary>What answers must keep to count as good, of each class.</summary>
    public Func<ServiceClass, Targets> Targets { get; init; } = static _ => new Targets();

    /// <summary>Bounds on the gaps between tokens, which the live planner sizes pieces of prompts by.</summary>
    public ClassTargets Gaps { get; init; } = new();

    /// <summary>Bytes per second over which a replica that computes prompts hands them on.</summary>
    public double LinkBytesPerSecond { get; init; } = 50e9;

    /// <summary>Seconds before the first byte of them is there.</summary>
    public double LinkLatency { get; init; } = 1e-3;

    /// <summary>Gets a line for each decision of each lane, as an engine's recording has; null where nobody asks. It belongs to the caller.</summary>
    public Stream? Log { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="PlanningException">One is out of bounds; it is named.</exception>
    internal void Validate()
    {
        Require(Groups.Count > 0 && Groups.All(group => group.Count > 0), "a fleet needs at least one replica");
        Require(Groups.All(group => group.Role == ReplicaRole.Both) || Groups.All(group => group.Role != ReplicaRole.Both), "replicas of a fleet either all do both, or some do prompts and some answers");
        Require(Groups[0].Role == ReplicaRole.Both || Groups.Any(group => group.Role == ReplicaRole.Prefill) && Groups.Any(group => group.Role == ReplicaRole.Decode), "a fleet that computes prompts apart needs replicas for prompts and for answers");
        Require(Groups.All(group => double.IsNaN(group.DollarsPerHour) || group.DollarsPerHour is >= 0 and < 1e9), "a price per hour must be a number of at least 0");
        Require(StepTokens >= 1, $"expected at least 1 token in a step, found {StepTokens}");
        Require(MaxSequences >= 1, $"expected at least 1 sequence, found {MaxSequences}");
        Require(UsualTokens >= 1, $"expected a usual sequence of at least 1 token, found {UsualTokens}");
        Require(LinkBytesPerSecond > 0, $"expected a link of more than 0 bytes per second, found {LinkBytesPerSecond}");
        Require(LinkLatency is >= 0 and < 1e6, $"expected a latency of the link of at least 0 s, found {LinkLatency}");
    }

    static void Require(bool condition, string reason)
    {
        if (!condition)
        {
            throw new PlanningException(reason) { IsWrongUse = true };
        }
    }
}
