using System.Globalization;
using Millrace.Cache;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>What a replay found.</summary>
/// <param name="Steps">Steps whose decisions were the recorded ones.</param>
/// <param name="Difference">The first decision that was not; null where all were.</param>
/// <param name="Ttft">Seconds to first tokens, as recorded.</param>
/// <param name="Tpot">Seconds for each token after the first, as recorded.</param>
public sealed record ReplayResult(long Steps, string? Difference, Statistics Ttft, Statistics Tpot);

/// <summary>Lets the scheduler, the block pool and the planner of step sizes decide again what a recording says they decided: arrivals and ends come where they came, steps take what they took.</summary>
public sealed class Replay
{
    readonly Recording _recording;
    readonly Scheduler _scheduler;
    readonly StepPlanner _planner;
    readonly Dictionary<long, Sequence> _sequences = [];
    readonly Dictionary<long, (double Arrival, double First, double Last, int Tokens)> _times = [];

    Replay(Recording recording)
    {
        _recording = recording;
        RecordedEngine engine = recording.Engine;
        _scheduler = new Scheduler(new BlockPool(engine.Blocks, engine.BlockSize) { CachedPerTenant = engine.CachedPerTenant }, engine.Scheduler);
        EngineOptions options = new()
        {
            Device = new() { MaxTokens = engine.Scheduler.StepTokens },
            MaxSequences = engine.Scheduler.MaxSequences,
            Targets = engine.Targets,
        };
        _planner = new StepPlanner(options, engine.Cost);
    }

    /// <summary>Replays a recording until a decision differs.</summary>
    /// <exception cref="PlanningException">A line cannot follow those before it; it is named.</exception>
    public static ReplayResult Run(Recording recording)
    {
        Replay replay = new(recording);
        long steps = 0;
        string? difference = null;
        for (int i = 0; i < recording.Lines.Count && difference is null; i++)
        {
            switch (recording.Lines[i])
            {
                case RecordedArrival arrival:
                    replay.Arrive(arrival);
                    break;
                case RecordedEnd end when replay._sequences.TryGetValue(end.Id, out Sequence? sequence):
                    replay._scheduler.Finish(sequence);
                    break;
                case RecordedStep step:
                    difference = replay.Step(step, i);
                    steps += difference is null ? 1 : 0;
                    break;
                case RecordedFork fork when replay._sequences.ContainsKey(fork.Id):
                    break; // its step has made it
                case RecordedLine line:
                    throw PlanningException.AtLine(recording.Path, line.Line, "a sequence that came before", line.GetType().Name);
            }
        }

        return new ReplayResult(
            steps,
            difference,
            new Statistics(replay._times.Values.Where(time => time.Tokens > 0).Select(time => time.First - time.Arrival)),
            new Statistics(replay._times.Values.Where(time => time.Tokens > 1).Select(time => (time.Last - time.First) / (time.Tokens - 1))));
    }

    void Arrive(RecordedArrival arrival)
    {
        int[] tokens = Tokens(arrival.Id, arrival.Prompt, arrival.Blocks);
        SequenceOptions options = new()
        {
            Class = arrival.Class,
            Priority = arrival.Priority,
            Tenant = arrival.Tenant,
            Weight = arrival.Weight,
            Salt = arrival.Salt,
            Hidden = arrival.Hidden,
            LogitsFrom = arrival.LogitsFrom,
        };
        Sequence sequence;
        try
        {
            sequence = _scheduler.Add(tokens, arrival.Limit, options);
        }
        catch (ArgumentException exception)
        {
            throw new PlanningException($"{_recording.Path}: line {arrival.Line}: {exception.Message}", exception);
        }

        Know(sequence, arrival.Id, arrival.Line, arrival.Seconds);
    }

    void Know(Sequence sequence, long id, int line, double seconds)
    {
        if (sequence.Arrival != id)
        {
            throw PlanningException.AtLine(_recording.Path, line, $"sequence {sequence.Arrival} to be the next", id.ToString(CultureInfo.InvariantCulture));
        }

        _sequences.Add(id, sequence);
        _times.Add(id, (seconds, 0, 0, 0));
    }

    string? Step(RecordedStep step, int index)
    {
        _scheduler.StepTokens = _planner.Budget(_scheduler.Running, _scheduler.Waiting);
        StepBatch batch = _scheduler.Schedule();
        if (Difference(step, batch) is { } difference)
        {
            return difference;
        }

        _planner.Begin(batch);
        if (step.Failed)
        {
            return null; // its sequences end by the lines that follow
        }

        _planner.End(step.Microseconds);
        _scheduler.Advance();
        double now = step.Seconds + step.Microseconds / 1e6;
        for (int i = 0; i < _scheduler.Scheduled.Count; i++)
        {
            Sequence sequence = _scheduler.Scheduled[i];
            if (sequence.Pending == 0)
            {
                Fork(sequence, index, now);
            }

            Append(sequence, now);
        }

        return null;
    }

    // The choices that part here stand behind the step, before the next.
    void Fork(Sequence sequence, int step, double now)
    {
        for (int i = step + 1; i < _recording.Lines.Count && _recording.Lines[i] is RecordedFork or RecordedEnd; i++)
        {
            if (_recording.Lines[i] is RecordedFork fork && fork.Of == sequence.Arrival)
            {
                Sequence other = _scheduler.Fork(sequence);
                Know(other, fork.Id, fork.Line, fork.Seconds);
                Append(other, now);
            }
        }
    }

    void Append(Sequence sequence, double now)
    {
        if (sequence.Pending > 0 && sequence.State == SequenceState.Running || sequence.State == SequenceState.Finished)
        {
            return;
        }

        int appended = sequence.Count - sequence.PromptLength;
        RecordedEnd? end = _recording.EndOf(sequence.Arrival);
        if (end is not null && appended >= end.Tokens)
        {
            _scheduler.Append(sequence, -1);
            return;
        }

        _scheduler.Append(sequence, Token(sequence, end));
        (double arrival, double first, _, int tokens) = _times[sequence.Arrival];
        _times[sequence.Arrival] = (arrival, tokens == 0 ? now : first, now, tokens + 1);
    }

    // Equal blocks get equal tokens, those of answers too, since a later prompt may go on from one.
    int Token(Sequence sequence, RecordedEnd? end)
    {
        int size = _recording.Engine.BlockSize;
        int block = sequence.Count / size;
        return end is not null && block < end.Blocks.Count
            ? PromptTokens.Of(new PromptPart(end.Blocks[block], size), sequence.Count % size)
            : PromptTokens.Answer(sequence.Arrival);
    }

    int[] Tokens(long id, int prompt, IReadOnlyList<ulong> blocks)
    {
        int size = _recording.Engine.BlockSize;
        blocks = _recording.EndOf(id)?.Blocks is { } all && all.Count > blocks.Count ? all : blocks;
        PromptPart[] parts = [.. blocks.Select(hash => new PromptPart(hash, size))];
        int known = Math.Max(prompt, parts.Length * size);
        int[] tokens = new int[known];
        Array.Fill(tokens, PromptTokens.Answer(id));
        PromptTokens.Write(parts, tokens.AsSpan(0, parts.Length * size));
        return tokens[..prompt];
    }

    string? Difference(RecordedStep step, StepBatch batch)
    {
        string recorded = Text(step.Budget, step.Slices, step.Preempted);
        List<RecordedSlice> slices = [];
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            slices.Add(new RecordedSlice(_scheduler.Scheduled[i].Arrival, slice.Position, slice.Count, slice.LogitRows));
        }

        string again = Text(_scheduler.StepTokens, slices, _scheduler.Preempted.Select(sequence => sequence.Arrival));
        return recorded == again ? null : $"line {step.Line}: step {step.Step}: recorded {recorded}; the scheduler decides {again}";
    }

    static string Text(int budget, IEnumerable<RecordedSlice> slices, IEnumerable<long> preempted) => string.Create(CultureInfo.InvariantCulture,
        $"{budget} tokens: {string.Join(' ', slices.Select(slice => $"{slice.Id}[{slice.Position}+{slice.Count}:{slice.Rows}]"))}{string.Concat(preempted.Select(id => $" preempted {id}"))}");
}
