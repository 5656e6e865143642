using Millrace.Planning.Costs;

namespace Millrace.Planning.Simulation;

/// <summary>What the replicas of a group do.</summary>
public enum ReplicaRole
{
    /// <summary>Prompts and answers.</summary>
    Both,

    /// <summary>Prompts alone: what they computed goes over the link to those that answer.</summary>
    Prefill,

    /// <summary>Answers alone.</summary>
    Decode,
}

/// <summary>Equal replicas of a fleet.</summary>
/// <param name="Cost">Each of them.</param>
/// <param name="Count">How many.</param>
/// <param name="DollarsPerHour">Of one; NaN where no price is known.</param>
/// <param name="Role">What they do.</param>
public sealed record ReplicaGroup(ICostModel Cost, int Count, double DollarsPerHour, ReplicaRole Role = ReplicaRole.Both);
