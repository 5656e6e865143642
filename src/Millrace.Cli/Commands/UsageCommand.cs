using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Prices;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>usage</c>: what the ledger says of tokens, money and work, and what tokens must cost to pay for the machine.</summary>
sealed class UsageCommand : Command
{
    readonly Terminal _terminal;
    readonly Option<string> _by = CliOptions.Choice("--by", "Add up by", "model", "key", "tenant", "day", "class");
    readonly Option<DateTimeOffset?> _from = CliOptions.Time("--from", "Requests that ended at this time or later");
    readonly Option<DateTimeOffset?> _to = CliOptions.Time("--to", "Requests that ended before this time");
    readonly Option<long?> _machine = CliOptions.Money("--machine-price", "What the machine costs in an hour; shows the break-even price of a million tokens");
    readonly Option<string> _output = CliOptions.Choice("--output", "What to print", "table", "json", "csv");

    public UsageCommand(Terminal terminal)
        : base("usage", "Adds up what was used and what it costs")
    {
        _terminal = terminal;
        foreach (Option option in new Option[] { _by, _from, _to, _machine, _output })
        {
            Add(option);
        }

        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        using LedgerReader reader = LedgerReader.Open(ModelStore.LedgerPath);
        reader.Verify();
        UsageGrouping by = Enum.Parse<UsageGrouping>(parse.GetRequiredValue(_by), ignoreCase: true);
        UsageQuery query = new() { By = by, From = parse.GetValue(_from), To = parse.GetValue(_to) };
        long? machine = parse.GetValue(_machine);
        List<JsonObject> rows = [.. reader.Usage(query).Select(row => Fields(by, row, machine))];
        if (by == UsageGrouping.Key)
        {
            NameKeys(rows);
        }

        switch (parse.GetValue(_output))
        {
            case "json":
                _terminal.Out.WriteLine(new JsonArray([.. rows]).ToJsonString());
                break;
            case "csv":
                WriteCsv(rows);
                break;
            default:
                WriteTable(rows, reader.Usage(query with { By = UsageGrouping.None }).Select(row => Fields(by, row with { Group = "all" }, machine)));
                break;
        }
    }

    // Names and order of the fields are those of json and csv; the table shows them as people read them.
    static JsonObject Fields(UsageGrouping by, UsageRow row, long? machine)
    {
        JsonObject fields = new()
        {
            [by.ToString().ToLowerInvariant()] = row.Group,
            ["requests"] = row.Requests,
            ["recovered"] = row.Recovered,
            ["prompt_tokens"] = row.PromptTokens,
            ["cached_tokens"] = row.CachedTokens,
            ["completion_tokens"] = row.CompletionTokens,
            ["price_micros"] = row.Charge.Total,
            ["compute_seconds"] = row.Consumption.ComputeMicroseconds / 1e6,
            ["weight_bytes"] = row.Consumption.WeightBytes,
            ["kv_bytes"] = row.Consumption.KvBytesRead + row.Consumption.KvBytesWritten,
            ["flops"] = (double)row.Flops,
            ["kv_byte_seconds"] = row.Consumption.KvByteSeconds,
            ["energy_joules"] = row.Consumption.EnergyMicrojoules / 1e6,
        };
        if (machine is { } price)
        {
            Int128 time = row.Consumption.ComputeMicroseconds;
            fields["completion_tokens_per_second"] = time == 0 ? null : row.CompletionTokens * 1e6 / (double)time;
            fields["break_even_micros_per_million_completion_tokens"] = BreakEven.PerMillionTokens(price, row.CompletionTokens, time);
            fields["break_even_micros_per_million_tokens"] = BreakEven.PerMillionTokens(price, row.PromptTokens + row.CompletionTokens, time);
        }

        return fields;
    }

    static void NameKeys(List<JsonObject> rows)
    {
        using KeyStore store = KeyStore.Open(ModelStore.LedgerPath, TimeProvider.System);
        Dictionary<string, string> names = store.Keys.ToDictionary(key => key.Id, key => key.Name);
        foreach (JsonObject row in rows)
        {
            row.Insert(1, "name", names.GetValueOrDefault((string)row["key"]!, ""));
        }
    }

    void WriteCsv(List<JsonObject> rows)
    {
        if (rows.Count > 0)
        {
            _terminal.Out.WriteLine(string.Join(',', rows[0].Select(field => field.Key)));
        }

        foreach (JsonObject row in rows)
        {
            _terminal.Out.WriteLine(string.Join(',', row.Select(field => Csv(field.Value))));
        }
    }

    static string Csv(JsonNode? value)
    {
        string text = Plain(value);
        return text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    void WriteTable(List<JsonObject> rows, IEnumerable<JsonObject> sums)
    {
        if (rows.Count == 0)
        {
            _terminal.Error.WriteLine("millrace: no request has ended");
            return;
        }

        Table table = Tables.New([.. rows[0].Select(field => field.Value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? Title(field.Key) : ">" + Title(field.Key))]);
        foreach (JsonObject row in rows)
        {
            table.Add([.. row.Select(Cell)]);
        }

        foreach (JsonObject sum in sums)
        {
            if (rows[0].ContainsKey("name"))
            {
                sum.Insert(1, "name", "");
            }

            table.Add([.. sum.Select(Cell)]);
        }

        _terminal.Write(table);
    }

    static string Title(string field) => field
        .Replace("_micros_per_million", " of 1M", StringComparison.Ordinal).Replace("_micros", "", StringComparison.Ordinal).Replace("_seconds", " s", StringComparison.Ordinal)
        .Replace("energy_joules", "J", StringComparison.Ordinal).Replace("_bytes", " bytes", StringComparison.Ordinal).Replace('_', ' ');

    static string Cell(KeyValuePair<string, JsonNode?> field) => field switch
    {
        { Value: null } => "-",
        { Key: var key } when key.Contains("micros", StringComparison.Ordinal) => Tables.Money((long)field.Value!),
        { Key: "weight_bytes" or "kv_bytes" } => Tables.Bytes((long)field.Value!),
        { Key: "flops" or "kv_byte_seconds" } => Tables.Count(double.Parse(Plain(field.Value), CultureInfo.InvariantCulture)),
        { Key: "compute_seconds" or "energy_joules" or "completion_tokens_per_second" } => ((double)field.Value!).ToString("0.##", CultureInfo.InvariantCulture),
        _ => Printable.Of(Plain(field.Value)),
    };

    static string Plain(JsonNode? value) => value is null ? "" : value.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : value.ToJsonString();
}
