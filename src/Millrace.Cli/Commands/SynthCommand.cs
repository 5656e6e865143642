using System.CommandLine;
using Millrace.Architectures;
using Millrace.Cli.Synthesis;
using Millrace.Planning.Models;
using Millrace.Formats;

namespace Millrace.Cli.Commands;

/// <summary><c>synth</c>: a model of any shape and type with random weights, to see what a real one would cost.</summary>
sealed class SynthCommand : Command
{
    readonly Terminal _terminal;
    readonly Option<string?> _shape = CliOptions.Text("--shape", "Shape to begin with, as of llama-3.2-1b or qwen3-30b-a3b; a wrong one lists all", "NAME");
    readonly Option<string> _type = CliOptions.Choice("--type", "Type of every matrix", ["q4_0", .. WeightTypes.All.Where(type => type.IsGguf && type != WeightType.Q4_0).Select(type => type.GgufName)]);
    readonly Option<string?> _output = CliOptions.Text("--output", "File to write", "FILE", "-o");
    readonly Option<ulong?> _seed = CliOptions.Seed("Equal seeds give equal files");
    readonly Option<string?> _architecture = CliOptions.Text("--arch", $"Architecture: {string.Join(", ", Architecture.Names.Where(name => name != "deepseek2"))}", "NAME");
    readonly Option<int?> _layers = CliOptions.OptionalInt("--layers", "Transformer layers", 1, 1024);
    readonly Option<int?> _width = CliOptions.OptionalInt("--width", "Width of the residual stream", 32, 1 << 16);
    readonly Option<int?> _ffn = CliOptions.OptionalInt("--ffn", "Width inside the feed-forward block or an expert", 32, 1 << 18);
    readonly Option<int?> _heads = CliOptions.OptionalInt("--heads", "Query heads", 1, 1024);
    readonly Option<int?> _kvHeads = CliOptions.OptionalInt("--kv-heads", "Key and value heads", 1, 1024);
    readonly Option<int?> _headDim = CliOptions.OptionalInt("--head-dim", "Width of a head", 2, 1024);
    readonly Option<int?> _vocabulary = CliOptions.OptionalInt("--vocab", "Tokens in the vocabulary", SyntheticVocabulary.LeastSize, 1 << 20);
    readonly Option<int?> _context = CliOptions.OptionalInt("--context", "Tokens of context", 1, 1 << 24);
    readonly Option<int?> _experts = CliOptions.OptionalInt("--experts", "Experts in a layer, 0 for a dense model", 0, 1024);
    readonly Option<int?> _expertsUsed = CliOptions.OptionalInt("--experts-used", "Experts that a token uses", 1, 1024);

    public SynthCommand(Terminal terminal)
        : base("synth", "Writes a model of random weights in any shape and type")
    {
        _terminal = terminal;
        _output.Required = true;
        foreach (Option option in new Option[] { _shape, _type, _output, _seed, _architecture, _layers, _width, _ffn, _heads, _kvHeads, _headDim, _vocabulary, _context, _experts, _expertsUsed })
        {
            Add(option);
        }

        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        string path = parse.GetRequiredValue(_output)!;
        ModelShape shape = Shape(parse);
        _ = WeightTypes.TryParse(parse.GetRequiredValue(_type), out WeightType type);
        SyntheticModel model = SyntheticModel.Create(shape, type, parse.GetValue(_seed) ?? 0);
        foreach (string notice in model.Fallbacks)
        {
            _terminal.Error.WriteLine($"millrace: {notice}");
        }

        using (Interrupt interrupt = new())
        using (ProgressBar bar = new(_terminal, "writing") { Total = model.Bytes, Cancellation = interrupt.Token })
        {
            OutputFile.Write(path, partial => model.Write(partial, bar));
        }

        _terminal.Error.WriteLine($"wrote {path}: {Tables.Bytes(model.Bytes)} of random weights");
    }

    ModelShape Shape(ParseResult parse)
    {
        string? name = parse.GetValue(_shape);
        CatalogueModel? known = name is null ? null : ModelCatalogue.Find(name);
        if (name is not null && known is not { Runs: true })
        {
            string why = known is null ? $"no shape '{name}'" : $"{known.Id} can be planned, not run";
            throw new UsageException($"--shape: {why}; there are {string.Join(", ", ModelCatalogue.Models.Where(model => model.Runs).Select(model => model.Id))}");
        }

        ModelShape? shape = known?.Shape;

        string architecture = parse.GetValue(_architecture) ?? shape?.Architecture ?? "llama";
        if (!Architecture.Names.Contains(architecture))
        {
            throw new UsageException($"--arch: no architecture '{architecture}'; there are {string.Join(", ", Architecture.Names)}");
        }

        int heads = parse.GetValue(_heads) ?? shape?.Heads ?? throw Missing(_heads);
        int width = parse.GetValue(_width) ?? shape?.Width ?? throw Missing(_width);
        ModelShape result = new()
        {
            Architecture = architecture,
            Layers = parse.GetValue(_layers) ?? shape?.Layers ?? throw Missing(_layers),
            Width = width,
            Ffn = parse.GetValue(_ffn) ?? shape?.Ffn ?? throw Missing(_ffn),
            Heads = heads,
            KvHeads = parse.GetValue(_kvHeads) ?? shape?.KvHeads ?? heads,
            HeadDim = parse.GetValue(_headDim) ?? shape?.HeadDim ?? width / heads,
            Vocabulary = parse.GetValue(_vocabulary) ?? shape?.Vocabulary ?? 32000,
            Context = parse.GetValue(_context) ?? shape?.Context ?? 4096,
            Experts = parse.GetValue(_experts) ?? shape?.Experts ?? 0,
            ExpertsUsed = parse.GetValue(_expertsUsed) ?? shape?.ExpertsUsed ?? 0,
            Tied = shape?.Tied ?? false,
            RopeBase = shape?.RopeBase ?? 10000,
            Window = shape?.Window ?? (architecture == "gpt-oss" ? 128 : 0),
        };
        Check(result);
        return result;
    }

    static void Check(ModelShape shape)
    {
        if (shape.Heads % shape.KvHeads != 0)
        {
            throw new UsageException($"--kv-heads: expected a divisor of the {shape.Heads} heads, found {shape.KvHeads}");
        }

        if (shape.HeadDim is < 2 || shape.HeadDim % 2 != 0)
        {
            throw new UsageException($"--head-dim: expected an even number, found {shape.HeadDim}");
        }

        if (shape.Architecture == "deepseek2")
        {
            throw new UsageException("--arch: deepseek2 can be planned, not run");
        }

        bool needsExperts = shape.Architecture is "qwen3moe" or "gpt-oss";
        if ((shape.Experts > 0 || needsExperts) && (shape.ExpertsUsed < 1 || shape.ExpertsUsed > shape.Experts))
        {
            throw new UsageException($"--experts-used: expected 1 to the {shape.Experts} experts, found {shape.ExpertsUsed}");
        }

        if (shape.Experts > 0 && !needsExperts && shape.Architecture != "llama")
        {
            throw new UsageException($"--experts: {shape.Architecture} has none");
        }
    }

    static UsageException Missing(Option option) => new($"{option.Name} is needed where --shape names no shape");
}
