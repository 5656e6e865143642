using System.CommandLine;
using System.Globalization;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;

namespace Millrace.Cli.Commands;

/// <summary><c>logits</c>: the most likely next tokens after given ones.</summary>
sealed class LogitsCommand : Command
{
    const int DefaultChunk = 512;

    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Option<int[]?> _tokens = CliOptions.Ints("--tokens", "Token ids, taken exactly as given", null, 0);
    readonly Option<int> _top = CliOptions.Int("--top", "How many tokens to print", 10, 1);
    readonly Option<bool> _all = CliOptions.Flag("--all", "Print every position, not the last alone");
    readonly Option<int> _chunk = CliOptions.Int("--chunk", "Prompt tokens in a step", DefaultChunk, 1);
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "json");

    public LogitsCommand(Terminal terminal)
        : base("logits", "Prints log-probabilities of the next token, a JSON object a line")
    {
        _terminal = terminal;
        _tokens.Required = true;
        Add(_tokens);
        Add(_top);
        Add(_all);
        Add(_chunk);
        Add(_output);
        _options.AddTo(this);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        int[] tokens = parse.GetRequiredValue(_tokens)!;
        int chunk = Math.Min(parse.GetRequiredValue(_chunk), tokens.Length);
        using ModelFile file = ModelFile.Open(_options.Path(parse));
        using CpuDevice device = ModelOptions.Load(_terminal, file, _options.Device(parse) with { Context = tokens.Length, MaxTokens = chunk });
        TokenIds.Check("--tokens", tokens, device.Vocabulary);

        Candidates scratch = new(device.Vocabulary);
        TokenLogProbability[] top = new TokenLogProbability[Math.Min(parse.GetRequiredValue(_top), device.Vocabulary)];
        int first = parse.GetValue(_all) ? 0 : tokens.Length - 1;
        new SequenceRun(device).Run(tokens, first, chunk, (position, logits) =>
        {
            LogProbabilities.Top(logits, LogProbabilities.Normalizer(logits), scratch, top);
            IEnumerable<string> pairs = top.Select(item => string.Create(CultureInfo.InvariantCulture, $"[{item.Token},{item.LogProbability:G9}]"));
            _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"position\":{position},\"top\":[{string.Join(',', pairs)}]}}"));
        });
    }
}
