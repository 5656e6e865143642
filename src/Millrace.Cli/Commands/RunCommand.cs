using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Tokenization.Templates;

namespace Millrace.Cli.Commands;

/// <summary><c>run</c>: answers a text, or talks.</summary>
sealed class RunCommand : Command
{
    const int DefaultContext = 4096;

    readonly Terminal _terminal;
    readonly ModelOptions _options = new();
    readonly Argument<string?> _text = new("TEXT") { Description = "What to answer [default: standard input, or a conversation at the terminal]", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<int[]?> _tokens = CliOptions.Ints("--tokens", "Take exactly these ids: no template, no token added", null, 0);
    readonly Option<string?> _system = CliOptions.Text("--system", "System message", "TEXT");
    readonly Option<bool> _raw = CliOptions.Flag("--raw", "Take the text without the model's chat template");
    readonly Option<int?> _count = CliOptions.OptionalInt("-n", "Tokens to generate at most [default: as many as fit]", 1);
    readonly Option<float?> _temperature = CliOptions.Float("--temp", "Temperature; 0 takes the most likely token [default: 0.8]", 0, 100);
    readonly Option<int?> _topK = CliOptions.OptionalInt("--top-k", "Keep the K most likely tokens; 0 keeps all [default: 40]", 0);
    readonly Option<float?> _topP = CliOptions.Float("--top-p", "Keep the most likely tokens up to this probability [default: 0.95]", 0, 1);
    readonly Option<float?> _minP = CliOptions.Float("--min-p", "Keep tokens this likely relative to the most likely [default: 0.05]", 0, 1);
    readonly Option<ulong?> _seed = CliOptions.Seed("Seed of the draws [default: another each time]");
    readonly Option<int?> _context = CliOptions.OptionalInt("--ctx", $"Tokens of context [default: the model's, at most {DefaultContext}]", 1, 1 << 24, "-c");
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "text", "json", "ids");
    readonly PaceOptions _pace = new();

    public RunCommand(Terminal terminal)
        : base("run", "Answers a text, or talks")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _tokens, _system, _raw, _count, _temperature, _topK, _topP, _minP, _seed, _context, _output })
        {
            Add(option);
        }

        Add(_text);
        _options.AddTo(this);
        _pace.AddTo(this);
        SetAction(Run);
    }

    int Run(ParseResult parse)
    {
        string? text = parse.GetValue(_text);
        int[]? tokens = Tokens(parse);
        string output = parse.GetRequiredValue(_output);
        if (tokens is not null && (text is not null || parse.GetValue(_system) is not null))
        {
            throw new UsageException("--tokens is the whole prompt: give no text and no --system besides");
        }

        if (parse.GetValue(_raw) && parse.GetValue(_system) is not null)
        {
            throw new UsageException("--system needs the model's chat template: give no --raw besides");
        }

        bool talks = text is null && tokens is null && _terminal.InputIsTerminal;
        if (talks && output != "text")
        {
            throw new UsageException($"--output {output} needs a text");
        }

        string path = _options.Path(parse);
        Pace? pace = _pace.Read(parse, _terminal);
        text ??= tokens is null && !talks ? InputText() : null;
        long began = Stopwatch.GetTimestamp();
        using ModelFile file = ModelFile.Open(path);
        using Engine engine = ModelOptions.LoadEngine(_terminal, file, _options.Device(parse) with { Context = Context(file, parse.GetValue(_context)), FirstStepFromFile = true });
        TimeSpan load = Stopwatch.GetElapsedTime(began);
        GenerationRequest request = Request(parse);
        Conversation conversation = new(engine.Tokenizer, Format(file, engine, parse), parse.GetValue(_system));
        if (pace is not null)
        {
            _terminal.Error.WriteLine($"millrace: {pace.Line}");
        }

        if (talks)
        {
            new Repl(_terminal, engine, conversation, request, pace).Run();
            return 0;
        }

        return AnswerOnce(engine, request with { Prompt = Prompt(parse, engine, conversation, text) }, output, load, pace);
    }

    // An option of an array that is not given is an empty one.
    int[]? Tokens(ParseResult parse) => parse.GetValue(_tokens) is { Length: > 0 } tokens ? tokens : null;

    // The newline that a shell's echo adds is no part of the text.
    string InputText()
    {
        string text = Terminal.Utf8.GetString(_terminal.ReadInput());
        return text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
    }

    int Context(ModelFile file, int? asked)
    {
        string key = $"{file.Metadata.String("general.architecture")}.context_length";
        int trained = file.Metadata.Int(key, DefaultContext, 1);
        if (asked > trained)
        {
            _terminal.Error.WriteLine($"millrace: the model was made for {trained} tokens of context");
        }

        return asked ?? Math.Min(trained, DefaultContext);
    }

    ChatFormat? Format(ModelFile file, Engine engine, ParseResult parse)
    {
        if (parse.GetValue(_raw))
        {
            return null;
        }

        try
        {
            return engine.ChatFormat is null && parse.GetValue(_system) is not null
                ? throw new CommandException($"--system: {file.Path} has no chat template")
                : engine.ChatFormat;
        }
        catch (TemplateException exception)
        {
            throw new CommandException($"{file.Path}: the chat template, line {exception.Line}: {exception.Message} (--raw does without it)");
        }
    }

    GenerationRequest Request(ParseResult parse) => new()
    {
        Prompt = [],
        MaxTokens = parse.GetValue(_count),
        Sampling = new SamplingParameters
        {
            Temperature = parse.GetValue(_temperature) ?? 0.8f,
            TopK = parse.GetValue(_topK) ?? 40,
            TopP = parse.GetValue(_topP) ?? 0.95f,
            MinP = parse.GetValue(_minP) ?? 0.05f,
            Seed = parse.GetValue(_seed) ?? (ulong)Random.Shared.NextInt64(),
        },
    };

    IReadOnlyList<int> Prompt(ParseResult parse, Engine engine, Conversation conversation, string? text)
    {
        if (Tokens(parse) is { } tokens)
        {
            TokenIds.Check("--tokens", tokens, engine.Device.Vocabulary);
            return tokens;
        }

        // Who writes the whole prompt may write control tokens.
        List<int> prompt = parse.GetValue(_raw) ? engine.Tokenizer.Encode(text!, parseSpecial: true) : conversation.Ask(text!);
        return prompt.Count > 0 ? prompt : throw new UsageException("there is no text to answer");
    }

    int AnswerOnce(Engine engine, GenerationRequest request, string output, TimeSpan load, Pace? pace)
    {
        using Interrupt interrupt = new();
        bool first = true;
        Pace.Stream? stream = pace?.Begin(request.Prompt.Count);
        Answer answer = Answer.Of(engine, request, piece =>
        {
            stream?.Wait(piece);
            string written = output switch
            {
                "text" => piece.Text,
                "ids" when piece.Token is { Token: int token } => string.Create(CultureInfo.InvariantCulture, $"{(first ? "" : " ")}{token}"),
                _ => "",
            };
            first = false;
            _terminal.Out.Write(written);
            _terminal.Out.Flush();
        }, interrupt.Token);
        _terminal.Out.WriteLine(output == "json" ? AnswerReport.Json(answer, request.Sampling.Seed, load) : "");
        if (_terminal.ErrorIsTerminal || stream is not null)
        {
            _terminal.Out.Flush();
            _terminal.Error.WriteLine(stream?.Line ?? AnswerReport.Line(answer));
        }

        return interrupt.Token.IsCancellationRequested ? CommandLine.Interrupted : 0;
    }
}
