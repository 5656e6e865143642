using Millrace.Cache;
using Millrace.Planning.Costs;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>A load of so many clients, each of which sends its next request when it has its answer: what serving benchmarks call concurrency.</summary>
public sealed record ClosedLoop
{
    /// <summary>Clients.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Most tokens of a prompt.</summary>
    public required int InputTokens { get; init; }

    /// <summary>Most tokens of an answer.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>Lengths are uniform between this part of the most and the most: 1 for fixed lengths, 0.8 as many public benchmarks have it.</summary>
    public double LeastPart { get; init; } = 1;

    /// <summary>Whether the loop is looked at while it is full: the first request of each client, which come all at once, do not count, and clients go on until the last that counts has its answer. Otherwise all requests count, the burst at the beginning and the end with ever fewer clients too, as a benchmark of so many requests does.</summary>
    public bool Steady { get; init; } = true;

    /// <summary>Requests that count; 0 for one a client and at least 64.</summary>
    public int Requests { get; init; }

    /// <summary>Tokens in a step: the largest piece of prompts.</summary>
    public int StepTokens { get; init; } = 8192;

    /// <summary>Sequences that run together.</summary>
    public int MaxSequences { get; init; } = 1024;

    /// <summary>Seed of the lengths.</summary>
    public int Seed { get; init; }

    /// <summary>Simulates one replica under this load, with the live scheduler.</summary>
    /// <param name="cost">The replica.</param>
    /// <exception cref="PlanningException">The model does not fit, or a request would not.</exception>
    public ClosedLoopResult Run(ICostModel cost)
    {
        Check();
        int counted = Requests > 0 ? Requests : Math.Max(64, Concurrency);
        int first = Steady ? Concurrency : 0;
        ClosedWorkload workload = new(this, Steady ? long.MaxValue : counted);
        Meter meter = new(static _ => new Targets(), first);
        Lane[] lanes = Lanes(cost);
        Simulator simulator = new(new Router(lanes, RouterPolicy.LeastLoaded), workload, meter);
        (double Time, long Tokens)? started = null;
        while (meter.Completed < counted && simulator.Advance())
        {
            if (workload.Taken > first)
            {
                started ??= (simulator.Now, meter.OutputTokens);
            }
        }

        (double Time, long Tokens) begin = started ?? default;

        Usage usage = new();
        foreach (Lane lane in lanes)
        {
            usage.Add(lane.Usage);
        }

        Latencies all = meter.Classes[(int)ServiceClass.Standard];
        double seconds = simulator.Now - begin.Time;
        return new ClosedLoopResult
        {
            Ttft = new(all.Ttft),
            Tpot = new(all.Tpot),
            E2e = new(all.E2e),
            Itl = all.Itl,
            OutputTokensPerSecond = (meter.OutputTokens - begin.Tokens) / seconds,
            Seconds = seconds,
            Preemptions = lanes.Sum(lane => lane.Scheduler.Preemptions),
            Usage = usage,
            Watts = usage.Joules / lanes.Length / simulator.Now,
        };
    }

    Lane[] Lanes(ICostModel cost)
    {
        int length = checked(InputTokens + OutputTokens);
        long capacity = KvSpace.Tokens(cost, length);
        // No more blocks than the clients could fill: the rest would never be looked at.
        int batches = KvSpace.Batches(cost, length, Concurrency);
        int clients = (Concurrency + batches - 1) / batches;
        long blocks = Math.Min(capacity / batches / KvSpace.BlockSize, (long)clients * (length / KvSpace.BlockSize + 2));
        if (blocks * KvSpace.BlockSize < length)
        {
            throw new PlanningException($"{cost.Deployment.Model.Name} on {cost.Deployment.Parallel.Chips} × {cost.Deployment.Device.Id}: a request of {length} tokens does not fit into the memory left for keys and values, which has room for {capacity / batches}");
        }

        int sequences = Math.Min(MaxSequences, clients);
        SchedulerOptions options = new() { StepTokens = StepTokens, MaxSequences = sequences, StepLogits = sequences };
        Lane[] lanes = new Lane[batches];
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = new Lane(i, new Scheduler(new BlockPool((int)blocks, KvSpace.BlockSize, sharing: false), options), cost);
        }

        return lanes;
    }

    void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Concurrency, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(InputTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(OutputTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Requests);
        if (LeastPart is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(LeastPart), LeastPart, "expected a number above 0 and at most 1");
        }
    }
}

/// <summary>What a closed loop measured. Times are in seconds.</summary>
public sealed record ClosedLoopResult
{
    /// <summary>To the first token, waiting included.</summary>
    public required Statistics Ttft { get; init; }

    /// <summary>For each token after the first.</summary>
    public required Statistics Tpot { get; init; }

    /// <summary>From sending to the last token.</summary>
    public required Statistics E2e { get; init; }

    /// <summary>Gaps between tokens.</summary>
    public required Histogram Itl { get; init; }

    /// <summary>Tokens of answers in a second, of all clients.</summary>
    public required double OutputTokensPerSecond { get; init; }

    /// <summary>Virtual time that was looked at.</summary>
    public required double Seconds { get; init; }

    /// <summary>How often a request lost its keys and values to another.</summary>
    public required long Preemptions { get; init; }

    /// <summary>Sums over all steps.</summary>
    public required Usage Usage { get; init; }

    /// <summary>Power of the replica, on average.</summary>
    public required double Watts { get; init; }
}
