using System.CommandLine;
using System.Globalization;
using Millrace.Formats;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>show</c>: what a model file holds.</summary>
sealed class ShowCommand : Command
{
    const int LongestValue = 100;
    const int LongestList = 8;

    readonly Terminal _terminal;
    readonly Option<string?> _model = ModelStore.Option();

    public ShowCommand(Terminal terminal)
        : base("show", "Shows a model's metadata and tensors")
    {
        _terminal = terminal;
        Add(_model);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        using ModelFile file = ModelFile.Open(ModelStore.Find(parse.GetValue(_model)));
        _terminal.Out.WriteLine(Summary(file));

        Table metadata = Tables.New("key", "value");
        foreach (string key in file.Metadata.Keys)
        {
            metadata.Add(Printable.Of(key), Describe(file.Metadata[key]!));
        }

        _terminal.Write(metadata, wraps: true);
        Table tensors = Tables.New("tensor", "type", ">shape", ">size");
        foreach (Tensor tensor in file.Tensors.Values)
        {
            tensors.Add(Printable.Of(tensor.Name), TypeName(tensor.Type), string.Join(" × ", tensor.Shape), Tables.Bytes(tensor.ByteLength));
        }

        if (file.Tensors.Count > 0)
        {
            _terminal.Write(tensors);
        }
    }

    static string Summary(ModelFile file)
    {
        double weights = file.Tensors.Values.Sum(tensor => (double)tensor.Columns * tensor.Rows);
        double bytes = file.Tensors.Values.Sum(tensor => (double)tensor.ByteLength);
        string size = weights == 0
            ? "a vocabulary without weights"
            : string.Create(CultureInfo.InvariantCulture, $"{Tables.Count(weights)} weights in {Tables.Bytes(bytes)} ({bytes * 8 / weights:0.00} bits each)");
        return $"{file.Path}: {Printable.Of(file.Metadata.String("general.architecture", "unknown architecture"))}, {size}";
    }

    static string TypeName(WeightType type) => type.IsKnown ? type.GgufName : $"type {(int)type}";

    static string Describe(object value) => value switch
    {
        string text => text.Length > LongestValue ? $"{Printable.Of(text[..LongestValue])}… ({text.Length} characters)" : Printable.Of(text),
        Utf8Strings strings => List(strings.Count, i => Printable.Of(strings.Text(i))),
        Array array => List(array.Length, i => Scalar(array.GetValue(i)!)),
        _ => Scalar(value),
    };

    static string List(int count, Func<int, string> item)
    {
        string shown = string.Join(", ", Enumerable.Range(0, Math.Min(count, LongestList)).Select(item));
        return count <= LongestList ? $"[{shown}]" : $"[{shown}, …] ({count})";
    }

    static string Scalar(object value) => value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
