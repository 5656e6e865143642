using Millrace.Cache;
using Millrace.Cli.Plans;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Models;

namespace Millrace.Cli.Benchmarks;

/// <summary>A step that was measured.</summary>
/// <param name="Slices">Of each stream, where it was and how many tokens it had.</param>
/// <param name="Ending">How many slices, the first, wanted logits.</param>
/// <param name="Seconds">How long it took.</param>
readonly record struct MeasuredStep(IReadOnlyList<(int Stream, int Position, int Count)> Slices, int Ending, double Seconds);

/// <summary>Predicts the steps of a measurement, and logs them.</summary>
sealed class StepTwin : IDisposable
{
    readonly string _name;
    readonly PlannedModel _model;
    readonly MachineCost? _cost;
    readonly StepLog? _log;
    long _steps;

    /// <summary>Prepares for a model.</summary>
    /// <param name="file">The model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="progress">Told what is measured of this machine first; null where only what is known already may be used.</param>
    /// <param name="log">Where steps are written, or null.</param>
    public StepTwin(ModelFile file, CpuOptions options, Action<string>? progress, string? log)
    {
        _name = Path.GetFileNameWithoutExtension(file.Path);
        _model = PlannedModel.Of(file, _name, ThisMachine.Number(options.KvType), KvCache.NumberBytesWithScale(options.KvType, 128));
        _cost = ThisMachine.Cost(_model, options.KvType, options.Threads, progress);
        _log = log is null ? null : new StepLog(OutputFile.Open(log));
    }

    /// <summary>The seconds predicted for some steps in all, which are logged; null where nothing is predicted.</summary>
    public double? Predict(IEnumerable<MeasuredStep> steps)
    {
        double? sum = _cost is null ? null : 0;
        foreach (MeasuredStep step in steps)
        {
            StepWork work = _model.Step([.. step.Slices.Select((slice, index) => new SequenceWork(slice.Position, slice.Count, index < step.Ending ? 1 : 0))]);
            double? predicted = _cost?.Step(work).Seconds;
            sum += predicted;
            _log?.Write(_name, ++_steps, work, predicted * 1e6, step.Seconds * 1e6);
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose() => _log?.Dispose();
}
