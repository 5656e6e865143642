using Millrace.Cache;
using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>What a recorded engine was: the first line.</summary>
public sealed record RecordedEngine
{
    internal RecordedEngine(RecordingFields fields)
    {
        _ = fields.Whole("recording", 1, 1);
        Model = fields.Text("model");
        Blocks = (int)fields.Whole("blocks", 1, 1 << 26);
        BlockSize = (int)fields.Whole("block_size", 1, 1 << 16);
        CachedPerTenant = (int)fields.Whole("cached_per_tenant", 0, int.MaxValue);
        Scheduler = new SchedulerOptions
        {
            StepTokens = (int)fields.Whole("step_tokens", 1, 1 << 24),
            MaxSequences = (int)fields.Whole("max_sequences", 1, 1 << 20),
            StepLogits = (int)fields.Whole("step_logits", 1, 1 << 24),
        };
        Targets = new ClassTargets { Realtime = fields.Target("realtime"), Standard = fields.Target("standard"), Batch = fields.Target("batch") };
        Cost = new StepCost([0], 0, 1, 0, fields.Whole("flops_per_token", 0, long.MaxValue), 0,
            [.. fields.Rows("keys", 3).Select(key => ((int)Math.Min(key[0], int.MaxValue), key[1], key[2]))]);
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>KV blocks.</summary>
    public int Blocks { get; }

    /// <summary>Tokens in one.</summary>
    public int BlockSize { get; }

    /// <summary>Blocks that a tenant may keep in the prefix cache.</summary>
    public int CachedPerTenant { get; }

    /// <summary>The bounds of its steps.</summary>
    public SchedulerOptions Scheduler { get; }

    /// <summary>Its bounds on gaps.</summary>
    public ClassTargets Targets { get; }

    internal StepCost Cost { get; }
}

/// <summary>A line of a recording.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
public abstract record RecordedLine(int Line)
{
    const int MostTokens = 1 << 24;

    internal static RecordedLine Parse(RecordingFields fields, int line)
    {
        if (fields.Has("arrive"))
        {
            int prompt = (int)fields.Whole("prompt", 1, MostTokens);
            return new RecordedArrival(line, fields.Whole("arrive"), fields.Seconds("seconds"), prompt, (int)fields.Whole("limit", 0, MostTokens), fields.Class("class"), fields.Hashes("blocks"))
            {
                Priority = (int)fields.Whole("priority", int.MinValue, int.MaxValue),
                Tenant = fields.Whole("tenant", long.MinValue),
                Weight = (int)fields.Whole("weight", 1, int.MaxValue),
                Salt = fields.Whole("salt", long.MinValue),
                Hidden = fields.Flag("hidden"),
                LogitsFrom = fields.Has("logits_from") ? (int)fields.Whole("logits_from", 0, prompt - 1) : null,
            };
        }

        if (fields.Has("step"))
        {
            return new RecordedStep(
                line, fields.Whole("step"), fields.Seconds("seconds"), fields.Whole("microseconds"), (int)fields.Whole("budget", 1, MostTokens),
                [.. fields.Rows("slices", 4).Select(row => new RecordedSlice(row[0], (int)row[1], (int)row[2], (int)row[3]))], fields.Numbers("preempted"), fields.Flag("failed"));
        }

        return fields.Has("fork") ? new RecordedFork(line, fields.Whole("fork"), fields.Whole("of"), fields.Seconds("seconds"))
            : fields.Has("end") ? new RecordedEnd(line, fields.Whole("end"), fields.Seconds("seconds"), (int)fields.Whole("tokens", 0, MostTokens), fields.Hashes("blocks"))
            : throw new FormatException("a line with arrive, fork, step or end");
    }
}

/// <summary>A sequence came.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Id">Its number, in order of arrival.</param>
/// <param name="Seconds">When it was handed in.</param>
/// <param name="Prompt">Tokens of its prompt.</param>
/// <param name="Limit">New tokens at most.</param>
/// <param name="Class">Its class.</param>
/// <param name="Blocks">A hash of each whole block of the prompt.</param>
public sealed record RecordedArrival(int Line, long Id, double Seconds, int Prompt, int Limit, ServiceClass Class, IReadOnlyList<ulong> Blocks) : RecordedLine(Line)
{
    /// <summary>As in <see cref="SequenceOptions"/>.</summary>
    public int Priority { get; init; }

    /// <inheritdoc cref="Priority"/>
    public long Tenant { get; init; }

    /// <inheritdoc cref="Priority"/>
    public int Weight { get; init; } = 1;

    /// <inheritdoc cref="Priority"/>
    public long Salt { get; init; }

    /// <inheritdoc cref="Priority"/>
    public bool Hidden { get; init; }

    /// <inheritdoc cref="Priority"/>
    public int? LogitsFrom { get; init; }
}

/// <summary>A sequence went on as another.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Id">The new one.</param>
/// <param name="Of">The other.</param>
/// <param name="Seconds">When it was handed in.</param>
public sealed record RecordedFork(int Line, long Id, long Of, double Seconds) : RecordedLine(Line);

/// <summary>What a sequence computed in a step.</summary>
/// <param name="Id">The sequence.</param>
/// <param name="Position">Its tokens in the cache before.</param>
/// <param name="Count">Tokens.</param>
/// <param name="Rows">Rows of logits.</param>
public readonly record struct RecordedSlice(long Id, int Position, int Count, int Rows);

/// <summary>A step was computed.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Step">Its number.</param>
/// <param name="Seconds">When it began.</param>
/// <param name="Microseconds">How long it took.</param>
/// <param name="Budget">Tokens it might have.</param>
/// <param name="Slices">Its decisions.</param>
/// <param name="Preempted">Who lost their blocks.</param>
/// <param name="Failed">Whether it failed, and counts as not computed.</param>
public sealed record RecordedStep(int Line, long Step, double Seconds, long Microseconds, int Budget, IReadOnlyList<RecordedSlice> Slices, IReadOnlyList<long> Preempted, bool Failed) : RecordedLine(Line);

/// <summary>A sequence ended.</summary>
/// <param name="Line">Its line.</param>
/// <param name="Id">Which.</param>
/// <param name="Seconds">When.</param>
/// <param name="Tokens">Tokens that were appended to it.</param>
/// <param name="Blocks">A hash of each whole block, of prompt and answer.</param>
public sealed record RecordedEnd(int Line, long Id, double Seconds, int Tokens, IReadOnlyList<ulong> Blocks) : RecordedLine(Line);
