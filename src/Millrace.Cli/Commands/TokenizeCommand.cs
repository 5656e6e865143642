using System.CommandLine;
using System.Globalization;
using Millrace.Tokenization;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>tokenize</c>: the ids and pieces of texts.</summary>
sealed class TokenizeCommand : Command
{
    readonly Terminal _terminal;
    readonly Argument<string?> _text = new("TEXT") { Description = "The text; - reads it from standard input", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _model = ModelStore.Option();
    readonly Option<string?> _file = CliOptions.Text("--file", "Take the text from a file, byte for byte", "FILE", "-f");
    readonly Option<string?> _separator = CliOptions.Text("--separator", "Take the text as several, parted by this", "S");
    readonly Option<bool> _special = CliOptions.Flag("--special", "Add the tokens that the model wants at the ends, and take names of special tokens as these");
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "ids");

    public TokenizeCommand(Terminal terminal)
        : base("tokenize", "Shows the tokens of a text")
    {
        _terminal = terminal;
        Add(_text);
        Add(_model);
        Add(_file);
        Add(_separator);
        Add(_special);
        Add(_output);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        string? separator = parse.GetValue(_separator);
        if (separator?.Length == 0)
        {
            throw new UsageException("--separator: expected a text, found an empty one");
        }

        string model = ModelStore.Find(parse.GetValue(_model));
        byte[] bytes = Read(parse.GetValue(_text), parse.GetValue(_file));
        Tokenizer tokenizer = Tokenizer.Open(model);
        bool special = parse.GetValue(_special);
        Action<Tokenizer, List<int>> write = parse.GetValue(_output) == "ids" ? WriteIds : WriteTable;
        List<int> ids = [];
        foreach (Range range in Split(bytes, separator is null ? null : Terminal.Utf8.GetBytes(separator)))
        {
            ids.Clear();
            tokenizer.Encode(bytes.AsSpan(range), ids, addSpecial: special, parseSpecial: special);
            write(tokenizer, ids);
        }
    }

    byte[] Read(string? text, string? file)
    {
        if (text is not null && file is not null)
        {
            throw new UsageException("give a text or --file, not both");
        }

        if (file is not null)
        {
            return InputFile.Read(file);
        }

        if (text is null && _terminal.InputIsTerminal)
        {
            throw new UsageException("there is no text: give one, or --file, or - for standard input");
        }

        return text is null or "-" ? _terminal.ReadInput() : Terminal.Utf8.GetBytes(text);
    }

    static IEnumerable<Range> Split(byte[] bytes, byte[]? separator)
    {
        int start = 0;
        while (separator is not null && bytes.AsSpan(start).IndexOf(separator) is >= 0 and int length)
        {
            yield return start..(start + length);
            start += length + separator.Length;
        }

        yield return start..bytes.Length;
    }

    void WriteIds(Tokenizer tokenizer, List<int> ids) => _terminal.Out.WriteLine(string.Join(' ', ids));

    void WriteTable(Tokenizer tokenizer, List<int> ids)
    {
        Table table = Tables.New(">position", ">id", "piece");
        for (int i = 0; i < ids.Count; i++)
        {
            table.Add(i.ToString(CultureInfo.InvariantCulture), ids[i].ToString(CultureInfo.InvariantCulture), $"'{Printable.Of(tokenizer.Piece(ids[i]))}'");
        }

        _terminal.Write(table);
        _terminal.Out.WriteLine(ids.Count == 1 ? "1 token" : $"{ids.Count} tokens");
    }
}
