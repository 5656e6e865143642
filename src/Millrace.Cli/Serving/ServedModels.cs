using System.CommandLine;
using Millrace.Cli.Commands;
using Millrace.Kernels;
using Millrace.Server.Hosting;
using Millrace.Server.Models;
using ServerModel = Millrace.Server.Hosting.ModelOptions;

namespace Millrace.Cli.Serving;

/// <summary>The options of <c>serve</c> that say which models it offers, and how they run.</summary>
sealed class ServedModels
{
    readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = $"Model that is loaded at start and stays, again for more: a GGUF file, a folder, or a name (see ls), with a name of its own before it if you like [default: {ModelStore.DefaultName}]",
        HelpName = "[NAME=]MODEL",
    };

    readonly Option<string> _preload = CliOptions.Choice("--preload", "Which of them are loaded at start, and not when they are first asked for", "all", "first", "none");
    readonly Option<int?> _context = CliOptions.OptionalInt("--ctx", "Tokens of context of one sequence [default: the model's, at most 4096]", 1, 1 << 24, "-c");
    readonly Option<int> _parallel = CliOptions.Int("--parallel", "Sequences that run together", 16, 1, 4096);
    readonly Option<int> _queue = CliOptions.Int("--queue", "Requests that may wait for a place at most", 256, 1, 1 << 20);
    readonly Option<int?> _threads = CliOptions.OptionalInt("--threads", "Threads that compute [default: one for each processor; half of them with --profile edge]", 1, 1024, "-t");
    readonly Option<string> _kv = CliOptions.Choice("--kv", "How keys and values are kept", "f16", "int8", "f32");
    readonly Option<string> _weights = WeightModes.Option();
    readonly Option<long?> _kvMemory = CliOptions.Bytes("--kv-memory", "KV cache of a model at most [default: a whole context for each sequence, at most a quarter of --memory-limit]");
    readonly Option<long?> _memoryLimit = CliOptions.Bytes("--memory-limit", "Memory of all loaded models at most [default: nine tenths of the machine's, or of what its control group allows]");
    readonly Option<TimeSpan?> _keepAlive = new("--keep-alive")
    {
        Description = "How long other models stay after their last request: 10m, 90s, -1 for ever, 0 not at all [default: 5m]",
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (!KeepAlive.TryParse(result.Tokens[0].Value, out TimeSpan keepAlive))
            {
                result.AddError($"--keep-alive: expected a duration such as 10m, found '{result.Tokens[0].Value}'");
            }

            return keepAlive;
        },
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _models, _preload, _context, _parallel, _queue, _threads, _kv, _weights, _kvMemory, _memoryLimit, _keepAlive })
        {
            command.Add(option);
        }
    }

    /// <summary>Fills in the models of a server.</summary>
    /// <exception cref="CommandException">There is no such model.</exception>
    /// <exception cref="UsageException">Two have one name, or one has none.</exception>
    /// <param name="parse">The command line.</param>
    /// <param name="options">The rest of the options.</param>
    /// <param name="isEdge">Whether to leave half of the processors to others, unless the command line says how many threads.</param>
    public ServerOptions Apply(ParseResult parse, ServerOptions options, bool isEdge)
    {
        ModelSettings settings = new()
        {
            Context = parse.GetValue(_context),
            Parallel = parse.GetRequiredValue(_parallel),
            Queue = parse.GetRequiredValue(_queue),
            Threads = parse.GetValue(_threads) ?? (isEdge ? Math.Max(1, Environment.ProcessorCount / 2) : Environment.ProcessorCount),
            KvType = Enum.Parse<KvType>(parse.GetRequiredValue(_kv), ignoreCase: true),
            Weights = WeightModes.Read(parse, _weights),
            PanelFolder = WeightModes.FolderOf(WeightModes.Read(parse, _weights)),
            KvBytes = parse.GetValue(_kvMemory),
        };
        string[] named = parse.GetValue(_models) is { Length: > 0 } given ? given : [ModelStore.DefaultName];
        ServerModel[] models = [.. named.Select(model => Named(model, settings))];
        return models.CountBy(static model => model.Name).FirstOrDefault(static name => name.Value > 1) is { Key: { } twice }
            ? throw new UsageException($"two models are named '{twice}': name one of them with --model NAME=MODEL")
            : options with
            {
                Models = models,
                ModelFolders = ModelStore.Folders,
                FolderSettings = settings with { Context = null, KeepAlive = parse.GetValue(_keepAlive) },
                MemoryLimit = parse.GetValue(_memoryLimit),
                Pull = PullCommand.FromEnvironment(),
            };
    }

    /// <summary>The names of the models that are loaded at start.</summary>
    public IReadOnlyList<string> Preloaded(ParseResult parse, ServerOptions options) => parse.GetRequiredValue(_preload) switch
    {
        "all" => [.. options.Models.Select(static model => model.Name)],
        "first" => [options.Models[0].Name],
        _ => [],
    };

    static ServerModel Named(string text, ModelSettings settings)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        bool hasName = equals > 0 && !File.Exists(text) && !Directory.Exists(text);
        string model = hasName ? text[(equals + 1)..] : text;
        string path = ModelStore.Find(model.Length > 0 ? model : throw new UsageException($"--model: expected [NAME=]MODEL, found '{Printable.Of(text)}'"));
        return new(settings) { Name = hasName ? text[..equals] : ModelStore.NameOf(model, path), Path = path };
    }
}
