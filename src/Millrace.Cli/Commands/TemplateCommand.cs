using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace.Cli.Commands;

/// <summary><c>template</c>: the prompt that a chat template makes of a conversation.</summary>
sealed class TemplateCommand : Command
{
    static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"];

    readonly Terminal _terminal;
    readonly Argument<string?> _file = new("FILE.jinja") { Description = "The template [default: the model's]", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _model = ModelStore.Option();
    readonly Option<string?> _messages = CliOptions.Text("--messages", "JSON array of messages", "FILE.json");
    readonly Option<string?> _tools = CliOptions.Text("--tools", "JSON array of tools", "FILE.json");
    readonly Option<bool> _closed = CliOptions.Flag("--no-generation-prompt", "End after the last message, not where the answer begins");
    readonly Option<string?> _bos = CliOptions.Text("--bos", "Text of the token that begins a sequence [default: the model's]", "S");
    readonly Option<string?> _eos = CliOptions.Text("--eos", "Text of the token that ends a sequence [default: the model's]", "S");
    readonly Option<string?> _now = CliOptions.Text("--now", "Local time for the template, such as 2026-11-23T12:00:00 [default: now]", "TIME");

    public TemplateCommand(Terminal terminal)
        : base("template", "Renders a chat template")
    {
        _terminal = terminal;
        _messages.Required = true;
        Add(_file);
        Add(_model);
        Add(_messages);
        Add(_tools);
        Add(_closed);
        Add(_bos);
        Add(_eos);
        Add(_now);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        DateTime now = Time(parse.GetValue(_now));
        string? file = parse.GetValue(_file);
        string? named = parse.GetValue(_model);
        // A template in a file stands alone, unless a model is named besides.
        string? model = file is null || named is not null ? ModelStore.Find(named) : null;
        string source = file is not null
            ? Terminal.Utf8.GetString(InputFile.Read(file))
            : TemplateSource.Read(model!) ?? throw new CommandException($"{model} has no chat template");
        SpecialTokens? special = null;
        Tokenizer? tokenizer = null;
        if (model is not null && (parse.GetValue(_bos) is null || parse.GetValue(_eos) is null))
        {
            tokenizer = Tokenizer.Open(model);
            special = tokenizer.Special;
        }

        TemplateInput input = new()
        {
            Messages = Array(parse.GetRequiredValue(_messages)!),
            Tools = parse.GetValue(_tools) is { } tools ? Array(tools) : null,
            AddGenerationPrompt = !parse.GetValue(_closed),
            BosToken = parse.GetValue(_bos) ?? Text(tokenizer, special?.Bos),
            EosToken = parse.GetValue(_eos) ?? Text(tokenizer, special?.Eos),
            Now = now,
        };
        try
        {
            _terminal.Out.Write(ChatTemplate.Parse(source).Render(input));
        }
        catch (TemplateException exception)
        {
            string where = exception.Line > 0 ? $", line {exception.Line}" : "";
            throw new CommandException($"{file ?? model}{where}: {exception.Message}");
        }
    }

    static string? Text(Tokenizer? tokenizer, int? id) => id is { } known ? Terminal.Utf8.GetString(tokenizer!.Piece(known)) : null;

    static DateTime Time(string? text)
    {
        if (text is null)
        {
            return TimeProvider.System.GetLocalNow().DateTime;
        }

        return DateTime.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
            ? time
            : throw new UsageException($"--now: expected a local time such as 2026-11-23T12:00:00, found '{text}'");
    }

    static JsonElement Array(string path)
    {
        try
        {
            Utf8JsonReader reader = new(Bytes(path));
            JsonElement element = JsonElement.ParseValue(ref reader);
            return element.ValueKind == JsonValueKind.Array && !reader.Read()
                ? element
                : throw new CommandException($"{path}: expected a JSON array, found {element.ValueKind}");
        }
        catch (JsonException exception)
        {
            throw new CommandException($"{path}: not JSON: {exception.Message}");
        }
    }

    static ReadOnlySpan<byte> Bytes(string path)
    {
        ReadOnlySpan<byte> bytes = InputFile.Read(path);
        return bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
    }
}
