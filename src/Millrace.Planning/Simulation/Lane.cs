using System.Runtime.InteropServices;
using Millrace.Cache;
using Millrace.Planning.Costs;
using Millrace.Planning.Models;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>One live scheduler whose steps take the time that a cost model says. A replica without a pipeline is one lane; a pipeline of n stages has n batches under way, each of them a lane with its part of the cache.</summary>
sealed class Lane(int index, Scheduler scheduler, ICostModel cost)
{
    static readonly List<(int, int)> NoCopies = [];

    readonly List<SequenceWork> _work = [];
    readonly Queue<Flight> _inbox = [], _received = []; // taken between steps, as the live loop does
    int[] _prompt = new int[4096];
    double _previous = double.NaN; // end of the step before
    StepTime _time;                // of the step under way
    StepBatch? _batch;
    int _tokens;

    /// <summary>Which of all lanes.</summary>
    public int Index { get; } = index;

    /// <summary>The scheduler.</summary>
    public Scheduler Scheduler { get; } = scheduler;

    /// <summary>What its replica does.</summary>
    public ReplicaRole Role { get; init; }

    /// <summary>Sizes pieces of prompts where gaps have bounds; null where none has.</summary>
    public StepPlanner? Planner { get; init; }

    /// <summary>Whether requests find each other's beginnings.</summary>
    public bool Shares { get; init; }

    /// <summary>Takes note of decisions; null where nobody asks.</summary>
    public RunRecorder? Log { get; init; }

    /// <summary>Whether a step is under way.</summary>
    public bool Busy { get; private set; }

    /// <summary>When the step under way ends, or the last ended.</summary>
    public double Ends { get; private set; }

    /// <summary>Tokens of the requests here, computed or not.</summary>
    public long Load { get; private set; }

    /// <summary>Requests that wait.</summary>
    public int Waiting => Scheduler.Waiting.Count + _inbox.Count + _received.Count;

    /// <summary>The part of the KV blocks that is held.</summary>
    public double HeldKv => 1 - (double)Scheduler.Pool.Free / Scheduler.Pool.Blocks;

    /// <summary>Sums over the steps so far.</summary>
    public Usage Usage { get; } = new();

    /// <summary>Whether a request can ever run here.</summary>
    public bool Fits(PlannedRequest request) => (long)request.InputTokens + request.OutputTokens <= Scheduler.Capacity;

    /// <summary>Prompt tokens that are in the prefix cache.</summary>
    public int Cached(Flight flight) => Scheduler.Pool.CountPublished(Prompt(flight, flight.Request.InputTokens), 0) * Scheduler.Pool.BlockSize;

    /// <summary>Hands a request in.</summary>
    public void Add(Flight flight)
    {
        _inbox.Enqueue(flight);
        Load += flight.Request.InputTokens + flight.Request.OutputTokens;
    }

    /// <summary>Hands a request in whose prompt was computed elsewhere, and its first token drawn. Its keys and values are laid down when there is a place and room for them.</summary>
    public void Receive(Flight flight)
    {
        _received.Enqueue(flight);
        Load += flight.Request.InputTokens + flight.Request.OutputTokens;
    }

    /// <summary>Begins a step; false where there is nothing to do.</summary>
    public bool Begin(double now)
    {
        while (_inbox.TryDequeue(out Flight? flight))
        {
            Enter(flight, flight.Request.InputTokens, Role == ReplicaRole.Prefill ? 1 : flight.Request.OutputTokens, 0);
        }

        LayDown();
        if (Planner is not null)
        {
            Scheduler.StepTokens = Planner.Budget(Scheduler.Running, Scheduler.Waiting);
        }

        StepBatch batch = Scheduler.Schedule();
        if (batch.Slices.Count == 0)
        {
            return false;
        }

        Planner?.Begin(batch);
        _work.Clear();
        foreach (StepSlice slice in CollectionsMarshal.AsSpan(batch.Slices))
        {
            _work.Add(new SequenceWork(slice.Position, slice.Count, slice.LogitRows));
        }

        _time = cost.Step(cost.Deployment.Model.Step(CollectionsMarshal.AsSpan(_work)));
        _tokens = batch.Tokens.Count;
        _batch = batch;
        if (!(_time.Seconds > 0) || double.IsInfinity(_time.Seconds))
        {
            throw new PlanningException($"{cost.Deployment.Device.Id}: a step of {_tokens} tokens would take {_time.Seconds} s; expected a time above 0");
        }

        Busy = true;
        Ends = now + _time.Seconds;
        return true;
    }

    /// <summary>Ends the step under way: hands its tokens out.</summary>
    /// <param name="meter">Takes note of them.</param>
    /// <param name="done">Gets the requests that are complete here.</param>
    public void End(Meter meter, List<Flight> done)
    {
        Busy = false;
        Planner?.End((long)(_time.Seconds * 1e6));
        Usage.Add(_time.Seconds, _work.Count, _tokens, cost.Watts(_time) * _time.Seconds, HeldKv);
        Log?.Step(Usage.Steps, Ends - _time.Seconds, (long)(_time.Seconds * 1e6), Scheduler, _batch!, lane: Index);
        Scheduler.Advance();
        Span<int> common = stackalloc int[Meter.ClassCount];
        common.Clear();
        IReadOnlyList<Sequence> scheduled = Scheduler.Scheduled;
        for (int i = 0; i < scheduled.Count; i++)
        {
            Sequence sequence = scheduled[i];
            if (sequence.Pending == 0)
            {
                Flight flight = (Flight)sequence.Owner!;
                Scheduler.Append(sequence, flight.Token);
                meter.Token(flight, Ends, _previous, common);
                if (sequence.State == SequenceState.Finished)
                {
                    Load -= flight.Request.InputTokens + flight.Request.OutputTokens;
                    done.Add(flight);
                    Log?.End(sequence, Ends, FinishReason.Length, Index);
                }
            }
        }

        meter.Gaps(Ends - _previous, common);
        _previous = Ends;
    }

    // Whole blocks are published, and found again by the sequence at once; the rest of the last block is computed anew.
    void LayDown()
    {
        BlockPool pool = Scheduler.Pool;
        int places = _received.Count == 0 ? 0 : Scheduler.Options.MaxSequences - Scheduler.Running.Count - Scheduler.Waiting.Count;
        int free = Scheduler.Waiting.Count > 0 ? 0 : pool.Free - Scheduler.Running.Count; // each that runs may want one
        for (; places > 0; places--)
        {
            int tokens = _received.TryPeek(out Flight? flight) ? flight.Request.InputTokens + 1 : int.MaxValue;
            free -= pool.BlocksFor(tokens);
            if (free < 0)
            {
                return;
            }

            _received.Dequeue();
            long salt = Shares ? 0 : flight!.Id + 1;
            BlockTable table = new(pool.BlocksFor(tokens));
            ReadOnlySpan<int> prompt = Prompt(flight!, tokens);
            pool.Match(table, prompt, salt, int.MaxValue);
            pool.Extend(table, table.Count * pool.BlockSize, tokens - 1, NoCopies);
            pool.Publish(table, prompt, salt, tokens - 1);
            pool.Truncate(table, 0);
            Enter(flight!, tokens, flight!.Request.OutputTokens - 1, salt);
        }
    }

    void Enter(Flight flight, int tokens, int newTokens, long salt)
    {
        SequenceOptions options = new() { Class = flight.Request.Class, Tenant = flight.Request.Tenant, Salt = salt, Owner = flight };
        Sequence sequence = Scheduler.Add(Prompt(flight, tokens), newTokens, options);
        Log?.Arrive(sequence, flight.Arrival, Index);
    }

    // The prompt, and behind it tokens of the answer.
    Span<int> Prompt(Flight flight, int tokens)
    {
        if (_prompt.Length < tokens)
        {
            _prompt = new int[Math.Max(tokens, _prompt.Length * 2)];
        }

        Span<int> prompt = _prompt.AsSpan(0, tokens);
        int input = flight.Request.InputTokens;
        PromptTokens.Write(flight.Request.Parts, prompt[..input]);
        prompt[input..].Fill(flight.Token);
        return prompt;
    }
}
