using System.Buffers;
using System.Text.Json;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>Writes steps as they were predicted and measured, a JSON object a line: <c>model</c>, <c>step</c>, <c>sequences</c>, <c>tokens</c>, <c>logit_rows</c>, <c>kv_bytes</c>, <c>measured_us</c>, and where they are known <c>predicted_us</c>, what the model of this machine said, and <c>engine_us</c>, what the engine's own planner said.</summary>
/// <remarks>Several engines may write at once. A stream that fails ends the log, not what it logs.</remarks>
public sealed class StepLog : IDisposable
{
    readonly Stream _stream;
    readonly Lock _lock = new();
    readonly ArrayBufferWriter<byte> _line = new();
    readonly Utf8JsonWriter _json;
    bool _failed;

    /// <summary>Writes to a stream, which it owns.</summary>
    public StepLog(Stream stream)
    {
        _stream = stream;
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Sees the steps of an engine.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="model">Its work.</param>
    /// <param name="cost">The model of this machine, or null.</param>
    public StepObserver Observer(string name, PlannedModel model, MachineCost? cost) => (in StepReport step) =>
    {
        StepWork work = model.Step(step);
        Write(name, step.Number, work, cost?.Step(work).Seconds * 1e6, step.Microseconds, step.PredictedMicroseconds);
    };

    /// <summary>Writes a step.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="number">The step's.</param>
    /// <param name="work">What it did.</param>
    /// <param name="predicted">Microseconds, or null.</param>
    /// <param name="measured">Microseconds.</param>
    /// <param name="engine">Microseconds that the engine's planner predicted; 0 for none.</param>
    public void Write(string name, long number, in StepWork work, double? predicted, double measured, long engine = 0)
    {
        lock (_lock)
        {
            _json.WriteStartObject();
            _json.WriteString("model", name);
            _json.WriteNumber("step", number);
            _json.WriteNumber("sequences", work.Sequences);
            _json.WriteNumber("tokens", work.Tokens);
            _json.WriteNumber("logit_rows", work.LogitRows);
            _json.WriteNumber("kv_bytes", work.KvBytesRead);
            _json.WriteNumber("measured_us", Math.Round(measured, 1));
            if (predicted is { } value)
            {
                _json.WriteNumber("predicted_us", Math.Round(value, 1));
            }

            if (engine > 0)
            {
                _json.WriteNumber("engine_us", engine);
            }

            _json.WriteEndObject();
            _json.Flush();
            _line.Write("\n"u8);
            Send();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _failed = true;
            _json.Dispose();
            _stream.Dispose();
        }
    }

    void Send()
    {
        try
        {
            if (!_failed)
            {
                _stream.Write(_line.WrittenSpan);
            }
        }
        catch (IOException)
        {
            _failed = true;
        }

        _line.ResetWrittenCount();
        _json.Reset();
    }
}
