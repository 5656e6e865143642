using System.Runtime.InteropServices;
using Millrace.Cache;
using Millrace.Planning.Costs;
using Millrace.Planning.Models;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>One live scheduler whose steps take the time that a cost model says. A replica without a pipeline is one lane; a pipeline of n stages has n batches under way, each of them a lane with its part of the cache.</summary>
sealed class Lane
{
    readonly ICostModel _cost;
    readonly StepPlanner? _planner;
    readonly List<SequenceWork> _work = [];
    int[] _prompt = new int[4096];
    double _previous = double.NaN; // end of the step before
    StepTime _time; // of the step under way
    int _tokens;

    public Lane(int index, Scheduler scheduler, ICostModel cost, StepPlanner? planner = null)
    {
        Index = index;
        Scheduler = scheduler;
        _cost = cost;
        _planner = planner;
    }

    /// <summary>Which of all lanes.</summary>
    public int Index { get; }

    /// <summary>The scheduler.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Whether a step is under way.</summary>
    public bool Busy { get; private set; }

    /// <summary>When the step under way ends.</summary>
    public double Ends { get; private set; }

    /// <summary>Tokens that requests here still need, computed or not.</summary>
    public long Load { get; private set; }

    /// <summary>Requests here.</summary>
    public int Requests => Scheduler.Running.Count + Scheduler.Waiting.Count;

    /// <summary>Sums over the steps so far.</summary>
    public Usage Usage { get; } = new();

    /// <summary>Hands a request in; false where it can never fit.</summary>
    public bool Add(Flight flight)
    {
        PlannedRequest request = flight.Request;
        int input = request.InputTokens;
        if ((long)input + Math.Max(0, request.OutputTokens - 1) > Scheduler.Capacity)
        {
            return false;
        }

        if (_prompt.Length < input)
        {
            _prompt = new int[Math.Max(input, _prompt.Length * 2)];
        }

        PromptTokens.Write(request.Parts, _prompt);
        SequenceOptions options = new() { Class = request.Class, Tenant = request.Tenant, Owner = flight };
        flight.Sequence = Scheduler.Add(_prompt.AsSpan(0, input), request.OutputTokens, options);
        Load += input + request.OutputTokens;
        return true;
    }

    /// <summary>Begins a step; false where there is nothing to do.</summary>
    public bool Begin(double now)
    {
        if (_planner is not null)
        {
            Scheduler.StepTokens = _planner.Budget(Scheduler.Running, Scheduler.Waiting);
        }

        StepBatch batch = Scheduler.Schedule();
        if (batch.Slices.Count == 0)
        {
            return false;
        }

        _planner?.Begin(batch);
        _work.Clear();
        foreach (StepSlice slice in CollectionsMarshal.AsSpan(batch.Slices))
        {
            _work.Add(new SequenceWork(slice.Position, slice.Count, slice.LogitRows));
        }

        StepTime time = _cost.Step(_cost.Deployment.Model.Step(CollectionsMarshal.AsSpan(_work)));
        if (!(time.Seconds > 0) || double.IsInfinity(time.Seconds))
        {
            throw new PlanningException($"{_cost.Deployment.Device.Id}: a step of {batch.Tokens.Count} tokens would take {time.Seconds} s; expected a time above 0");
        }

        _time = time;
        _tokens = batch.Tokens.Count;
        Busy = true;
        Ends = now + time.Seconds;
        return true;
    }

    /// <summary>Ends the step under way: hands its tokens out.</summary>
    /// <param name="meter">Takes note of them.</param>
    /// <param name="done">Gets the requests that are complete.</param>
    public void End(Meter meter, List<Flight> done)
    {
        Busy = false;
        _planner?.End((long)(_time.Seconds * 1e6));
        BlockPool pool = Scheduler.Pool;
        Usage.Add(_time.Seconds, _work.Count, _tokens, _cost.Watts(_time) * _time.Seconds, (double)(pool.Blocks - pool.Free) / pool.Blocks);
        Scheduler.Advance();
        int common = 0;
        IReadOnlyList<Sequence> scheduled = Scheduler.Scheduled;
        for (int i = 0; i < scheduled.Count; i++)
        {
            Sequence sequence = scheduled[i];
            if (sequence.Pending == 0)
            {
                Flight flight = (Flight)sequence.Owner!;
                Scheduler.Append(sequence, flight.Token);
                common += meter.Token(flight, Ends, _previous);
                if (sequence.State == SequenceState.Finished)
                {
                    Load -= sequence.Limit;
                    done.Add(flight);
                }
            }
        }

        if (common > 0)
        {
            meter.Itl.Add(Ends - _previous, common);
        }

        _previous = Ends;
    }
}
