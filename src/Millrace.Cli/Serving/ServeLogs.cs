using System.CommandLine;
using System.Globalization;
using Millrace.Cli.Plans;
using Millrace.Formats;
using Millrace.Planning.Costs.Machine;
using Millrace.Planning.Models;
using Millrace.Server.Hosting;

namespace Millrace.Cli.Serving;

/// <summary>The options of <c>serve</c> that write down what engines do: each step as predicted and measured, or all that makes the scheduler decide again as it did.</summary>
sealed class ServeLogs
{
    readonly Option<string?> _steps = CliOptions.Text("--log-steps", "Writes each step as predicted and measured, a JSON object a line", "FILE");
    readonly Option<string?> _record = CliOptions.Text("--record", "Records the engine for simulate --replay: arrivals, lengths, decisions and times, no text; the next engine that is loaded goes to FILE.2, and so on", "FILE");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_steps);
        command.Add(_record);
    }

    /// <summary>Fills in what sees the engines.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="options">The server's.</param>
    /// <param name="files">Receives what is opened.</param>
    /// <exception cref="CommandException">A file cannot be written.</exception>
    public ServerOptions Apply(ParseResult parse, ServerOptions options, Files files)
    {
        if (parse.GetValue(_steps) is { } steps)
        {
            StepLog log = files.Own(new StepLog(OutputFile.Open(steps)));
            options = options with { ObserveSteps = model => Observer(log, model) };
        }

        if (parse.GetValue(_record) is { } path)
        {
            RunRecorder first = files.Own(new RunRecorder(OutputFile.Open(path)));
            int recordings = 0;
            options = options with
            {
                OpenRecorder = _ => Interlocked.Increment(ref recordings) is var number && number == 1
                    ? first
                    : files.Own(new RunRecorder(OutputFile.Open(string.Create(CultureInfo.InvariantCulture, $"{path}.{number}")))),
            };
        }

        return options;
    }

    // Steps are predicted where this machine was measured before: a server does not keep its users waiting for that.
    static StepObserver Observer(StepLog log, Server.Hosting.ModelOptions model)
    {
        using ModelFile file = ModelFile.Open(model.Path);
        PlannedModel planned = PlannedModel.Of(file, model.Name, ThisMachine.Number(model.KvType));
        return log.Observer(model.Name, planned, ThisMachine.Cost(planned, model.KvType, model.Threads ?? Environment.ProcessorCount, null));
    }

    /// <summary>Files that are open until the server is gone.</summary>
    public sealed class Files : IDisposable
    {
        readonly List<IDisposable> _open = [];

        /// <summary>Takes a file over.</summary>
        public T Own<T>(T file)
            where T : IDisposable
        {
            lock (_open)
            {
                _open.Add(file);
            }

            return file;
        }

        /// <summary>Closes them.</summary>
        public void Dispose()
        {
            lock (_open)
            {
                _open.ForEach(static file => file.Dispose());
            }
        }
    }
}
