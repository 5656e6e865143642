using Millrace.Cache;
using Millrace.Cli.Plans;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Models;

namespace Millrace.Cli.Benchmarks;

/// <summary>Predicts the steps of a measurement as they are made, and logs them.</summary>
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

    /// <summary>Whether anything is predicted.</summary>
    public bool Predicts => _cost is not null;

    /// <summary>Seconds predicted for the steps since it was last 0.</summary>
    public double Predicted { get; set; }

    /// <summary>A step was made.</summary>
    public void Add(List<(int Stream, int Position, int Count)> slices, int ending, double seconds)
    {
        SequenceWork[] works = [.. slices.Select((slice, index) => new SequenceWork(slice.Position, slice.Count, index < ending ? 1 : 0))];
        StepWork work = _model.Step(works);
        double? predicted = _cost?.Step(work).Seconds;
        Predicted += predicted ?? 0;
        _log?.Write(_name, ++_steps, work, predicted * 1e6, seconds * 1e6);
    }

    /// <inheritdoc/>
    public void Dispose() => _log?.Dispose();
}
