using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>An engine after its last step. Taken whole, without holding the engine up.</summary>
public readonly record struct EngineSnapshot
{
    /// <summary>Requests in the steps.</summary>
    public int Running { get; init; }

    /// <summary>Requests that wait: not begun, or preempted.</summary>
    public int Waiting { get; init; }

    /// <summary>KV blocks in all.</summary>
    public int KvBlocks { get; init; }

    /// <summary>KV blocks that requests hold.</summary>
    public int KvBlocksUsed { get; init; }

    /// <summary>KV blocks that nobody holds, kept for prompts that begin as theirs did.</summary>
    public int KvBlocksCached { get; init; }

    /// <summary>The last step.</summary>
    public StepReport Step { get; init; }

    /// <summary>Tokens generated per second of late: a mean that forgets within a few seconds of work. 0 where nothing runs.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>The counters.</summary>
    public EngineTotals Totals { get; init; }
}

/// <summary>What a step did, and how long it took.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Sequences">Requests that took part.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
/// <param name="Decodes">Of the requests, those that took part with one token.</param>
/// <param name="NewTokens">Tokens generated.</param>
/// <param name="Microseconds">How long it took, in 1e-6 s.</param>
/// <param name="PredictedMicroseconds">How long it was thought to take; 0 before the first steps were measured.</param>
public readonly record struct StepReport(long Number, int Sequences, int Tokens, int Decodes, int NewTokens, long Microseconds, long PredictedMicroseconds)
{
    /// <summary>Rows of logits.</summary>
    public int LogitRows { get; init; }

    /// <summary>Σ over sequences of the tokens that stood in the cache at the end of the step: what attention read.</summary>
    public long CachedKeys { get; init; }

    /// <summary>Σ over tokens of those that each saw: what attention computed.</summary>
    public long AttendedKeys { get; init; }

    /// <summary>The report of a batch.</summary>
    internal static StepReport Of(long number, StepBatch batch, int newTokens, long microseconds, long predictedMicroseconds)
    {
        int decodes = 0, rows = 0;
        long cached = 0, attended = 0;
        foreach (StepSlice slice in batch.Slices)
        {
            decodes += slice.Count == 1 ? 1 : 0;
            rows += slice.LogitRows;
            cached += StepCost.Cached(slice.Position, slice.Count, 0);
            attended += StepCost.Attended(slice.Position, slice.Count, 0);
        }

        return new(number, batch.Slices.Count, batch.Tokens.Count, decodes, newTokens, microseconds, predictedMicroseconds) { LogitRows = rows, CachedKeys = cached, AttendedKeys = attended };
    }
}

/// <summary>Sees each step when it is over. Called on the engine's own thread: quick, without allocations or waiting. What it throws is dropped.</summary>
public delegate void StepObserver(in StepReport step);
