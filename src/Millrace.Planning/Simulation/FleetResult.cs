using Millrace.Planning.Costs;

namespace Millrace.Planning.Simulation;

/// <summary>What a fleet made of a load. Times are in seconds.</summary>
public sealed class FleetResult
{
    internal FleetResult(Meter meter, double seconds, IReadOnlyList<GroupResult> groups)
    {
        Seconds = seconds;
        Groups = groups;
        Classes = [.. meter.Classes.Where(latencies => latencies.E2e.Count > 0)];
        Requests = meter.Arrived;
        Completed = meter.Completed;
        Rejected = meter.Rejected;
        InputTokens = meter.InputTokens;
        OutputTokens = meter.OutputTokens;
        Kept = Classes.Sum(latencies => latencies.Kept);
        Ttft = new(Classes.SelectMany(latencies => latencies.Ttft));
        Tpot = new(Classes.SelectMany(latencies => latencies.Tpot));
        E2e = new(Classes.SelectMany(latencies => latencies.E2e));
        foreach (Latencies latencies in Classes)
        {
            Itl.Add(latencies.Itl);
        }
    }

    /// <summary>From the start to the last answer.</summary>
    public double Seconds { get; }

    /// <summary>The groups of replicas.</summary>
    public IReadOnlyList<GroupResult> Groups { get; }

    /// <summary>Latencies of the classes that had requests.</summary>
    public IReadOnlyList<Latencies> Classes { get; }

    /// <summary>Requests that came, those that got their answers, and those that fit nowhere.</summary>
    public long Requests { get; }

    /// <inheritdoc cref="Requests"/>
    public long Completed { get; }

    /// <inheritdoc cref="Requests"/>
    public long Rejected { get; }

    /// <summary>Requests that kept their targets.</summary>
    public long Kept { get; }

    /// <summary>Tokens of prompts.</summary>
    public long InputTokens { get; }

    /// <summary>Tokens of answers.</summary>
    public long OutputTokens { get; }

    /// <summary>To the first token, waiting included.</summary>
    public Statistics Ttft { get; }

    /// <summary>For each token after the first.</summary>
    public Statistics Tpot { get; }

    /// <summary>From arrival to the last token.</summary>
    public Statistics E2e { get; }

    /// <summary>Gaps between tokens.</summary>
    public Histogram Itl { get; } = new();

    /// <summary>Requests that kept their targets, in a second.</summary>
    public double Goodput => Seconds > 0 ? Kept / Seconds : 0;

    /// <summary>Prompt tokens that were found computed, of all.</summary>
    public double CachedShare => Groups.Sum(group => group.PromptTokens) is > 0 and { } tokens ? (double)Groups.Sum(group => group.CachedTokens) / tokens : 0;

    /// <summary>How often a request lost its keys and values to another.</summary>
    public long Preemptions => Groups.Sum(group => group.Preemptions);

    /// <summary>Tokens computed again for that.</summary>
    public long RecomputedTokens => Groups.Sum(group => group.RecomputedTokens);

    /// <summary>Steps of all replicas.</summary>
    public long Steps => Groups.Sum(group => group.Usage.Steps);

    /// <summary>US dollars per hour of all replicas; NaN where one has no price.</summary>
    public double DollarsPerHour => Groups.Sum(group => group.Group.Count * group.Group.DollarsPerHour);

    /// <summary>US dollars for a million tokens of answers, all that time paid.</summary>
    public double DollarsPerMillionOutput => DollarsPerHour / 3600 * Seconds / OutputTokens * 1e6;

    /// <summary>US dollars for a million tokens of prompts and answers.</summary>
    public double DollarsPerMillion => DollarsPerHour / 3600 * Seconds / (InputTokens + OutputTokens) * 1e6;

    /// <summary>Energy of all replicas, idle ones too.</summary>
    public double Joules => Groups.Sum(group => group.Joules);

    /// <summary>Energy for each token of an answer.</summary>
    public double JoulesPerToken => Joules / OutputTokens;
}

/// <summary>What a group of equal replicas did.</summary>
public sealed class GroupResult
{
    internal GroupResult(ReplicaGroup group, IReadOnlyList<Lane> lanes, double seconds)
    {
        Group = group;
        foreach (Lane lane in lanes)
        {
            Usage.Add(lane.Usage);
            PromptTokens += lane.Role == ReplicaRole.Decode ? 0 : lane.Scheduler.PromptTokens; // else what was handed over would count as found
            CachedTokens += lane.Role == ReplicaRole.Decode ? 0 : lane.Scheduler.CachedTokens;
            Preemptions += lane.Scheduler.Preemptions;
            RecomputedTokens += lane.Scheduler.RecomputedTokens;
        }

        ICostModel cost = group.Cost;
        int batches = lanes.Count / group.Count; // under way in a replica at once
        double all = seconds * lanes.Count;
        Utilisation = all > 0 ? Usage.Seconds / all : 0;
        KvTokens = (long)lanes[0].Scheduler.Capacity * batches;
        // Each draws its part of the replica's power.
        double idle = cost.Watts(default);
        Joules = (Usage.Joules + (double.IsFinite(idle) ? idle : 0) * (all - Usage.Seconds)) / batches;
    }

    /// <summary>Its replicas.</summary>
    public ReplicaGroup Group { get; }

    /// <summary>Sums over all steps.</summary>
    public Usage Usage { get; } = new();

    /// <summary>The part of the time in which a replica had a step under way, on average.</summary>
    public double Utilisation { get; }

    /// <summary>Tokens whose keys and values fit into one replica.</summary>
    public long KvTokens { get; }

    /// <summary>Prompt tokens of requests that began.</summary>
    public long PromptTokens { get; }

    /// <summary>Those that were found computed.</summary>
    public long CachedTokens { get; }

    /// <summary>How often a request lost its keys and values to another.</summary>
    public long Preemptions { get; }

    /// <summary>Tokens computed again for that.</summary>
    public long RecomputedTokens { get; }

    /// <summary>Energy, idle times too.</summary>
    public double Joules { get; }
}
