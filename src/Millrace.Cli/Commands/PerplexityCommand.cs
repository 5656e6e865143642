using System.CommandLine;
using System.Globalization;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Tokenization;

namespace Millrace.Cli.Commands;

/// <summary><c>perplexity</c>: how well a model foresees a text, counted as llama-perplexity counts it: the text is cut into chunks of the context, each is a sequence of its own, and the second half of each counts.</summary>
sealed class PerplexityCommand : Command
{
    const int StepTokens = 512;

    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Option<string?> _file = CliOptions.Text("--file", "The text", "FILE", "-f");
    readonly Option<int> _context = CliOptions.Int("--ctx", "Tokens in a chunk", 512, 4, 1 << 24);
    readonly Option<int?> _chunks = CliOptions.OptionalInt("--chunks", "Chunks to count [default: all]", 1);
    readonly Option<string> _output = CliOptions.Choice("--output", "How to print the result", "text", "json");

    public PerplexityCommand(Terminal terminal)
        : base("perplexity", "Measures how well a model foresees a text")
    {
        _terminal = terminal;
        _file.Required = true;
        Add(_file);
        Add(_context);
        Add(_chunks);
        Add(_output);
        _options.AddTo(this);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        int context = parse.GetRequiredValue(_context);
        byte[] text = InputFile.Read(parse.GetRequiredValue(_file)!);
        using ModelFile file = ModelFile.Open(_options.Path(parse));
        Tokenizer tokenizer = Tokenizer.FromModel(file);
        List<int> tokens = [];
        tokenizer.Encode(text, tokens, addSpecial: true, parseSpecial: false);
        int whole = tokens.Count / context;
        if (whole == 0)
        {
            throw new CommandException($"{parse.GetValue(_file)} has {tokens.Count} tokens: expected at least one chunk of {context}");
        }

        int chunks = Math.Min(parse.GetValue(_chunks) ?? whole, whole);
        using CpuDevice device = ModelOptions.Load(_terminal, file, _options.Device(parse) with { Context = context, MaxTokens = Math.Min(context, StepTokens) });
        Surprise surprise = new();
        for (int i = 0; i < chunks; i++)
        {
            int[] chunk = [.. tokens.Skip(i * context).Take(context)];
            if (tokenizer.Special is { AddBos: true, Bos: { } bos })
            {
                chunk[0] = bos;
            }

            Add(surprise, device, chunk);
            Progress(string.Create(CultureInfo.InvariantCulture, $"chunk {i + 1} of {chunks}: perplexity {surprise.Perplexity:0.0000}"), last: i == chunks - 1);
        }

        _terminal.Out.WriteLine(parse.GetValue(_output) == "json"
            ? string.Create(CultureInfo.InvariantCulture, $"{{\"perplexity\":{surprise.Perplexity:R},\"standard_error\":{surprise.StandardError:R},\"tokens\":{surprise.Count},\"chunks\":{chunks}}}")
            : string.Create(CultureInfo.InvariantCulture, $"perplexity {surprise.Perplexity:0.0000} ± {surprise.StandardError:0.0000} ({surprise.Count} tokens of {chunks} chunks)"));
    }

    static void Add(Surprise surprise, CpuDevice device, int[] chunk)
    {
        // Position i foresees token i + 1; the last has no token to foresee.
        int first = chunk.Length / 2;
        new SequenceRun(device).Run(chunk, first, device.Options.MaxTokens, (position, logits) =>
        {
            if (position + 1 < chunk.Length)
            {
                surprise.Add(LogProbabilities.Normalizer(logits) - logits[chunk[position + 1]]);
            }
        });
    }

    void Progress(string text, bool last)
    {
        if (!_terminal.ErrorIsTerminal)
        {
            _terminal.Error.WriteLine(text);
            return;
        }

        _terminal.Error.Write(last ? "\r\u001b[K" : $"\r{text}\u001b[K");
    }

    /// <summary>Sums of negative log-likelihoods.</summary>
    sealed class Surprise
    {
        double _sum;
        double _squares;

        public int Count { get; private set; }

        public double Perplexity => Math.Exp(_sum / Count);

        // The deviation of the mean, carried through the exponential.
        public double StandardError
        {
            get
            {
                double mean = _sum / Count;
                double variance = (_squares / Count) - (mean * mean);
                return variance > 0 && Count > 1 ? Math.Sqrt(variance / (Count - 1)) * Perplexity : 0;
            }
        }

        public void Add(double nll)
        {
            _sum += nll;
            _squares += nll * nll;
            Count++;
        }
    }
}
