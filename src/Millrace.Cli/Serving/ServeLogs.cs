using System.CommandLine;
using System.Globalization;
using Millrace.Formats;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;
using Millrace.Server.Hosting;

namespace Millrace.Cli.Serving;

/// <summary>The options of <c>serve</c> that write down what engines do: each step as predicted and measured, or all that makes the scheduler decide again as it did.</summary>
sealed class ServeLogs : IDisposable
{
    readonly Option<string?> _steps = CliOptions.Text("--log-steps", "Writes each step as predicted and measured, a JSON object a line", "FILE");
    readonly Option<string?> _record = CliOptions.Text("--record", "Records the engine for simulate --replay: arrivals, lengths, decisions and times, no text; the next engine that is loaded goes to FILE.2, and so on", "FILE");
    readonly List<IDisposable> _open = [];
    int _recordings;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_steps);
        command.Add(_record);
    }

    /// <summary>Fills in what sees the engines.</summary>
    /// <exception cref="CommandException">A file cannot be written.</exception>
    public ServerOptions Apply(ParseResult parse, ServerOptions options)
    {
        if (parse.GetValue(_steps) is { } steps)
        {
            StepLog log = new(OutputFile.Open(steps));
            _open.Add(log);
            options = options with { ObserveSteps = model => Observer(log, model) };
        }

        if (parse.GetValue(_record) is { } path)
        {
            FileStream first = OutputFile.Open(path);
            options = options with { OpenRecorder = _ => Recorder(path, first) };
        }

        return options;
    }

    /// <summary>Closes the files, once nothing runs any more.</summary>
    public void Dispose()
    {
        lock (_open)
        {
            foreach (IDisposable open in _open)
            {
                open.Dispose();
            }
        }
    }

    // Steps are predicted where this machine was measured before: a server does not keep its users waiting for that.
    static StepObserver Observer(StepLog log, Server.Hosting.ModelOptions model)
    {
        using ModelFile file = ModelFile.Open(model.Path);
        int threads = model.Threads ?? Environment.ProcessorCount;
        PlannedModel planned = PlannedModel.Of(file, model.Name, model.KvType == Kernels.KvType.F16 ? NumberType.Fp16 : model.KvType == Kernels.KvType.F32 ? NumberType.Fp32 : NumberType.Int8);
        return log.Observer(model.Name, planned, MachineStore.Cost(planned, null, model.KvType, threads, ModelStore.Home, null));
    }

    RunRecorder Recorder(string path, FileStream first)
    {
        lock (_open)
        {
            RunRecorder recorder = new(++_recordings == 1 ? first : OutputFile.Open(string.Create(CultureInfo.InvariantCulture, $"{path}.{_recordings}")));
            _open.Add(recorder);
            return recorder;
        }
    }
}
