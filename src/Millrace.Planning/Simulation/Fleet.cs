using Millrace.Cache;
using Millrace.Planning.Costs;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>Replicas behind a router, on a virtual clock: each runs the live scheduler and block pool, and its steps take the time that its cost model says.</summary>
public sealed class Fleet
{
    readonly FleetOptions _options;

    /// <summary>Takes a fleet to simulate.</summary>
    /// <exception cref="PlanningException">An option is out of bounds.</exception>
    public Fleet(FleetOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>Simulates a load from its first request to the last answer. Equal loads give equal results, and equal lines of the log.</summary>
    /// <param name="requests">Requests with their times of arrival, in their order; taken one by one.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="PlanningException">A model does not fit on its device, or a request is none.</exception>
    public FleetResult Run(IEnumerable<PlannedRequest> requests, CancellationToken cancellation = default)
    {
        // Blocks of made-up tokens keep no secret, and equal runs write equal bytes.
        RunRecorder? log = _options.Log is { } stream ? new RunRecorder(stream, key: 0) : null;
        Lane[][] groups = new Lane[_options.Groups.Count][];
        int count = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = Lanes(_options.Groups[i], count, log);
            count += groups[i].Length;
        }

        Lane[] first = [.. groups.SelectMany(lanes => lanes).Where(lane => lane.Role != ReplicaRole.Decode)];
        Meter meter = new(_options.Targets);
        Simulator simulator = new(new Router(first, _options.Router), new OpenWorkload(requests), meter, Handover(groups));
        for (int i = 0; simulator.Advance(); i++)
        {
            if (i % 4096 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }

        if (log?.Failure is { } failure)
        {
            throw new PlanningException($"the log cannot be written: {failure.Message}", failure);
        }

        return new FleetResult(meter, simulator.Now, [.. groups.Select((lanes, i) => new GroupResult(_options.Groups[i], lanes, simulator.Now))]);
    }

    Lane[] Lanes(ReplicaGroup group, int index, RunRecorder? log)
    {
        ICostModel cost = group.Cost;
        int batches = KvSpace.Batches(cost, Math.Max(_options.UsualTokens, _options.LongTokens), int.MaxValue);
        long blocks = KvSpace.Tokens(cost, _options.UsualTokens) / batches / KvSpace.BlockSize;
        if (blocks < 1)
        {
            throw new PlanningException($"{cost.Deployment.Model.Name} on {cost.Deployment.Parallel.Chips} × {cost.Deployment.Device.Id}: the memory left for keys and values has no room for {KvSpace.BlockSize} tokens");
        }

        int sequences = Math.Max(1, _options.MaxSequences / batches);
        SchedulerOptions options = new() { StepTokens = _options.StepTokens, MaxSequences = sequences, StepLogits = sequences };
        Lane[] lanes = new Lane[group.Count * batches];
        for (int i = 0; i < lanes.Length; i++)
        {
            // One that answers finds what was laid down for it by its index.
            BlockPool pool = new((int)blocks, KvSpace.BlockSize, sharing: _options.PrefixCache || group.Role == ReplicaRole.Decode);
            lanes[i] = new Lane(index + i, new Scheduler(pool, options), cost)
            {
                Role = group.Role,
                Shares = _options.PrefixCache,
                Planner = PieceSizes.Planner(_options, cost, sequences),
                Log = log,
            };
        }

        return lanes;
    }

    Handover? Handover(Lane[][] groups)
    {
        Lane[] decode = [.. groups.SelectMany(lanes => lanes).Where(lane => lane.Role == ReplicaRole.Decode)];
        return decode.Length == 0 ? null : new Handover(
            decode,
            new Router(decode, RouterPolicy.LeastLoaded),
            _options.Groups.First(group => group.Role == ReplicaRole.Prefill).Cost.Deployment.Model.KvBytes,
            _options.LinkBytesPerSecond,
            _options.LinkLatency);
    }
}
