using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Server.Store;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>ls</c>: the models that <c>-m</c> can name.</summary>
sealed class ListCommand : Command
{
    const int ShownDigits = 12;

    readonly Terminal _terminal;
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "json");

    public ListCommand(Terminal terminal)
        : base("ls", "Lists the models that -m can name")
    {
        _terminal = terminal;
        Add(_output);
        SetAction(Run);
    }

    sealed record Row(string Name, long Size, string Quantization, DateTimeOffset Modified, string Digest, string Path);

    void Run(ParseResult parse)
    {
        LocalModels models = ModelStore.Pulled();
        Row[] rows =
        [
            .. models.List().Select(manifest => new Row(manifest.Name, manifest.Size, manifest.Quantization, manifest.Pulled, manifest.Digest.Hex, models.PathOf(manifest))),
            .. ModelStore.Names().Select(FromFolder),
        ];
        if (parse.GetValue(_output) == "json")
        {
            _terminal.Out.WriteLine(new JsonArray([.. rows.Select(Json)]).ToJsonString());
            return;
        }

        Table table = Tables.New("name", ">size", "quantization", "modified", "digest");
        foreach (Row row in rows)
        {
            table.Add(row.Name, Tables.Bytes(row.Size), row.Quantization, row.Modified.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), row.Digest.Length == 0 ? "" : row.Digest[..ShownDigits]);
        }

        _terminal.Write(table);
    }

    // A file or a folder that somebody laid there.
    static Row FromFolder(string name)
    {
        string path = ModelStore.Find(name);
        FileInfo[] files = Directory.Exists(path) ? new DirectoryInfo(path).GetFiles() : [new FileInfo(path)];
        return new Row(name, files.Sum(file => file.Length), ModelSelection.Quantization(path), files.Max(file => file.LastWriteTimeUtc), "", path);
    }

    static JsonNode Json(Row row) => new JsonObject
    {
        ["name"] = row.Name,
        ["size"] = row.Size,
        ["quantization"] = row.Quantization,
        ["modified"] = row.Modified.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["digest"] = row.Digest.Length == 0 ? null : $"sha256:{row.Digest}",
        ["path"] = row.Path,
    };
}
