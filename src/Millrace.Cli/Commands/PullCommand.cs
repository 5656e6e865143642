using System.Collections.Concurrent;
using System.CommandLine;
using Millrace.Server.Store;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>pull</c>: fetches a model from a hub with Hugging Face's addresses, going on where an earlier pull ended.</summary>
sealed class PullCommand : Command
{
    const int MostConnections = 32;

    readonly Terminal _terminal;
    readonly Argument<string> _name = new("NAME") { Description = "owner/name, then perhaps a colon and a GGUF file or a quantization" };
    readonly Option<string?> _endpoint = CliOptions.Text("--endpoint", "The hub or a mirror of it [default: the variable HF_ENDPOINT, else https://huggingface.co]", "URL");
    readonly Option<string?> _token = CliOptions.Text("--token", "What opens private and gated models [default: the variable HF_TOKEN]", "TOKEN");
    readonly Option<string?> _revision = CliOptions.Text("--revision", "Branch, tag or commit [default: main]", "REVISION");
    readonly Option<int> _connections = CliOptions.Int("--connections", "Connections for a file", 4, 1, MostConnections);

    public PullCommand(Terminal terminal)
        : base("pull", "Fetches a model, or what is missing of it")
    {
        _terminal = terminal;
        Add(_name);
        foreach (Option option in new Option[] { _endpoint, _token, _revision, _connections })
        {
            Add(option);
        }

        SetAction(parse => Run(parse).GetAwaiter().GetResult());
    }

    async Task Run(ParseResult parse)
    {
        ModelName name = ModelName.TryParse(parse.GetRequiredValue(_name))
            ?? throw new UsageException($"expected owner/name or owner/name:FILE_or_QUANT, found '{Printable.Of(parse.GetRequiredValue(_name))}'");
        PullOptions options = new()
        {
            Endpoint = Endpoint(parse.GetValue(_endpoint) ?? Variable("HF_ENDPOINT") ?? "https://huggingface.co"),
            Token = parse.GetValue(_token) ?? Variable("HF_TOKEN"),
            Revision = parse.GetValue(_revision) ?? "main",
            Connections = parse.GetRequiredValue(_connections),
        };
        LocalModels models = ModelStore.Pulled();
        using Interrupt interrupt = new();
        Manifest manifest = _terminal.ErrorIsTerminal
            ? await WithBarsAsync(progress => new ModelPull(models, options).RunAsync(name, progress, interrupt.Token))
            : await new ModelPull(models, options).RunAsync(name, null, interrupt.Token);
        _terminal.Out.WriteLine($"{manifest.Name}: {Tables.Bytes(manifest.Size)} in {manifest.Files.Count} file(s), {models.PathOf(manifest)}");
    }

    async Task<Manifest> WithBarsAsync(Func<IProgress<PullProgress>, Task<Manifest>> pull)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_terminal.Error) });
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(context => pull(new Bars(context)));
    }

    /// <summary>Where models come from where no option says it.</summary>
    /// <exception cref="UsageException">A variable is not what it must be.</exception>
    public static PullOptions FromEnvironment() => new() { Endpoint = Endpoint(Variable("HF_ENDPOINT") ?? "https://huggingface.co"), Token = Variable("HF_TOKEN") };

    static Uri Endpoint(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
        ? url
        : throw new UsageException($"--endpoint: expected http(s)://HOST, found '{text}'");

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    // A bar for each file; called from several threads, as Spectre's tasks allow.
    sealed class Bars(ProgressContext context) : IProgress<PullProgress>
    {
        readonly ConcurrentDictionary<string, Lazy<ProgressTask>> _tasks = new();

        public void Report(PullProgress value)
        {
            ProgressTask task = _tasks.GetOrAdd(value.File, file => new(() => context.AddTask(Markup.Escape(Printable.Of(file)), maxValue: Math.Max(1, value.Total)))).Value;
            task.Description = Markup.Escape(Printable.Of(value.File)) + value.Stage switch
            {
                PullStage.Waiting => " (another pull has it)",
                PullStage.Verifying => " (verifying)",
                _ => "",
            };
            task.Value = value.Stage == PullStage.Done ? task.MaxValue : value.Done;
        }
    }
}
