using System.Buffers;
using System.Text.Json;
using Millrace.Cache;
using Millrace.Graphs;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Writes what an engine's loop does, in its order, as a JSON object a line: what the engine is, each sequence that comes, each step with its decisions and its measured time, each sequence that ends. Enough to make the scheduler decide the same again.</summary>
/// <remarks>
/// <para>No text and no tokens are written: a full block of tokens is a keyed hash, the key is not kept, and equal blocks of one recording have equal hashes.</para>
/// <para>Used by the engine's thread alone. A stream that fails ends the recording, not the engine.</para>
/// </remarks>
public sealed class RunRecorder : IDisposable
{
    readonly Stream _stream;
    readonly ArrayBufferWriter<byte> _line = new();
    readonly Utf8JsonWriter _json;
    readonly ulong _key;

    /// <summary>Writes to a stream, which it owns.</summary>
    public RunRecorder(Stream stream)
        : this(stream, (ulong)Random.Shared.NextInt64())
    {
    }

    internal RunRecorder(Stream stream, ulong key)
    {
        _stream = stream;
        _key = key;
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Why the recording ended early; null where it did not.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    /// <summary>What the engine is.</summary>
    internal void Begin(string model, Scheduler scheduler, ClassTargets targets, StepCost cost)
    {
        _json.WriteStartObject();
        _json.WriteNumber("recording", 1);
        _json.WriteString("model", model);
        _json.WriteNumber("blocks", scheduler.Pool.Blocks);
        _json.WriteNumber("block_size", scheduler.Pool.BlockSize);
        _json.WriteNumber("cached_per_tenant", scheduler.Pool.CachedPerTenant);
        _json.WriteNumber("step_tokens", scheduler.Options.StepTokens);
        _json.WriteNumber("max_sequences", scheduler.Options.MaxSequences);
        _json.WriteNumber("step_logits", scheduler.Options.StepLogits);
        Target("realtime", targets.Realtime);
        Target("standard", targets.Standard);
        Target("batch", targets.Batch);
        _json.WriteNumber("flops_per_token", cost.FlopsPerToken);
        _json.WriteStartArray("keys");
        foreach ((int window, long bytes, long flops) in cost.Keys)
        {
            Numbers(window, bytes, flops);
        }

        _json.WriteEndArray();
        EndLine();
    }

    /// <summary>A sequence comes.</summary>
    internal void Arrive(Sequence sequence, double seconds, int lane = -1)
    {
        Start("arrive", sequence.Arrival, lane);
        _json.WriteNumber("seconds", seconds);
        _json.WriteNumber("prompt", sequence.PromptLength);
        _json.WriteNumber("limit", sequence.Limit - sequence.PromptLength);
        SequenceOptions options = sequence.Options;
        _json.WriteString("class", options.Class.ToString());
        _json.WriteNumber("priority", options.Priority);
        _json.WriteNumber("tenant", options.Tenant);
        _json.WriteNumber("weight", options.Weight);
        _json.WriteNumber("salt", options.Salt);
        _json.WriteBoolean("hidden", options.Hidden);
        if (options.LogitsFrom is { } from)
        {
            _json.WriteNumber("logits_from", from);
        }

        Blocks(sequence);
        EndLine();
    }

    /// <summary>A sequence goes on as another does.</summary>
    internal void Fork(Sequence sequence, Sequence of, double seconds)
    {
        Start("fork", sequence.Arrival, -1);
        _json.WriteNumber("of", of.Arrival);
        _json.WriteNumber("seconds", seconds);
        EndLine();
    }

    /// <summary>A step was computed.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="seconds">When it began.</param>
    /// <param name="microseconds">How long it took.</param>
    /// <param name="scheduler">What chose it, before it takes note that it was computed.</param>
    /// <param name="batch">What was chosen.</param>
    /// <param name="failed">Whether it failed, and counts as not computed.</param>
    /// <param name="lane">Which scheduler of several.</param>
    internal void Step(long step, double seconds, long microseconds, Scheduler scheduler, StepBatch batch, bool failed = false, int lane = -1)
    {
        Start("step", step, lane);
        _json.WriteNumber("seconds", seconds);
        _json.WriteNumber("microseconds", microseconds);
        _json.WriteNumber("budget", scheduler.StepTokens);
        _json.WriteStartArray("slices");
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            Numbers(scheduler.Scheduled[i].Arrival, slice.Position, slice.Count, slice.LogitRows);
        }

        _json.WriteEndArray();
        _json.WriteStartArray("preempted");
        foreach (Sequence sequence in scheduler.Preempted)
        {
            _json.WriteNumberValue(sequence.Arrival);
        }

        _json.WriteEndArray();
        if (failed)
        {
            _json.WriteBoolean("failed", true);
        }

        EndLine();
    }

    /// <summary>A sequence is over.</summary>
    internal void End(Sequence sequence, double seconds, FinishReason reason, int lane = -1)
    {
        Start("end", sequence.Arrival, lane);
        _json.WriteNumber("seconds", seconds);
        _json.WriteNumber("tokens", sequence.Count - sequence.PromptLength);
        _json.WriteString("reason", reason.ToString());
        Blocks(sequence);
        EndLine();
    }

    void Start(string kind, long id, int lane)
    {
        _json.WriteStartObject();
        _json.WriteNumber(kind, id);
        if (lane >= 0)
        {
            _json.WriteNumber("lane", lane);
        }
    }

    void Target(string name, InterTokenTarget target)
    {
        _json.WriteStartObject(name);
        if (target.Time is { } time)
        {
            _json.WriteNumber("seconds", time.TotalSeconds);
        }

        if (target.Multiple is { } multiple)
        {
            _json.WriteNumber("multiple", multiple);
        }

        _json.WriteEndObject();
    }

    void Numbers(params ReadOnlySpan<long> numbers)
    {
        _json.WriteStartArray();
        foreach (long number in numbers)
        {
            _json.WriteNumberValue(number);
        }

        _json.WriteEndArray();
    }

    void Blocks(Sequence sequence)
    {
        _json.WriteStartArray("blocks");
        ReadOnlySpan<int> tokens = sequence.Tokens;
        for (int size = sequence.BlockSize; tokens.Length >= size; tokens = tokens[size..])
        {
            ulong hash = _key;
            foreach (int token in tokens[..size])
            {
                hash = (hash ^ (uint)token) * 0xff51_afd7_ed55_8ccd;
                hash ^= hash >> 32;
            }

            _json.WriteNumberValue(hash);
        }

        _json.WriteEndArray();
    }

    void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        try
        {
            if (Failure is null)
            {
                _stream.Write(_line.WrittenSpan);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            Failure = exception;
        }

        _line.ResetWrittenCount();
        _json.Reset();
    }
}
