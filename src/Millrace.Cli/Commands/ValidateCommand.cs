using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Planning.Costs;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>validate</c>: errors of predictions of measurements that were held out, by row and by group.</summary>
sealed class ValidateCommand : Command
{
    readonly Terminal _terminal;
    readonly Option<string?> _points = CliOptions.Text("--points", "Measurements: a JSON array of rows with values [default: those that come with Millrace]", "FILE");
    readonly Option<bool> _all = CliOptions.Flag("--all", "Also the errors of each device, engine and model");
    readonly Option<string> _format = CliOptions.Choice("--format", "What to print", "table", "json", "csv");

    public ValidateCommand(Terminal terminal)
        : base("validate", "Predicts public measurements that were held out, by row, by model and by number of chips, and prints the errors")
    {
        _terminal = terminal;
        Add(_points);
        Add(_all);
        Add(_format);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        IReadOnlyList<ErrorRow> rows = Validation.Run(parse.GetValue(_points));
        string format = parse.GetRequiredValue(_format);
        bool summary = !parse.GetValue(_all) && format == "table";
        rows = [.. rows.Where(row => !summary || row.Group.StartsWith("all", StringComparison.Ordinal))];
        if (format == "json")
        {
            _terminal.Out.WriteLine(new JsonArray([.. rows.Select(Json)]).ToJsonString());
            return;
        }

        string[] names = ["quantity", "held out", "device, engine, model", "rows", "median", "mean", "p90", "bias", "in 90 % range"];
        if (format == "csv")
        {
            _terminal.Out.WriteLine(string.Join(',', names.Select(static name => name.Replace(",", "", StringComparison.Ordinal))));
            foreach (ErrorRow row in rows)
            {
                _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Quantity},{row.HeldOut},{row.Group},{row.Rows},{row.Median},{row.Mean},{row.Ninetieth},{row.Bias},{row.Covered}"));
            }

            return;
        }

        Table table = Tables.New([.. names.Select(static (name, i) => i < 3 ? name : $">{name}")]);
        foreach (ErrorRow row in rows)
        {
            table.Add(row.Quantity, row.HeldOut, row.Group, row.Rows.ToString(CultureInfo.InvariantCulture), Percent(row.Median), Percent(row.Mean), Percent(row.Ninetieth), Percent(row.Bias), Percent(row.Covered));
        }

        _terminal.Write(table);
        (double predicted, double measured) = Validation.Capacity();
        _terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"capacity: 2 × H100, Llama 3.3 70B FP8, 5000 in and 500 out: {predicted} sequences predicted, {measured} measured"));
    }

    static JsonNode Json(ErrorRow row) => new JsonObject
    {
        ["quantity"] = row.Quantity, ["heldOut"] = row.HeldOut, ["group"] = row.Group, ["calibrated"] = row.Calibrated, ["rows"] = row.Rows,
        ["median"] = row.Median, ["mean"] = row.Mean, ["p90"] = row.Ninetieth, ["bias"] = row.Bias, ["covered"] = row.Covered,
    };

    static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");
}
