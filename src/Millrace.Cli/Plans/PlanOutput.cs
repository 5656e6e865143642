using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Planning;
using Millrace.Planning.Plans;
using Millrace.Planning.Reports;
using Spectre.Console;

namespace Millrace.Cli.Plans;

/// <summary>Plans as a person, a program or a spreadsheet reads them.</summary>
static class PlanOutput
{
    /// <summary>One plan: the sentence to read first, then its figures.</summary>
    public static void WriteOne(Terminal terminal, Plan plan)
    {
        terminal.Out.WriteLine(PlanTable.Headline(plan));
        if (plan.Reason is { } missed)
        {
            terminal.Out.WriteLine($"this {missed}");
        }

        Table table = Tables.New("", ">value", "range or part");
        foreach ((string name, string value, string range) in PlanTable.Rows(plan))
        {
            table.Add(name, value, range);
        }

        terminal.Write(table);
    }

    /// <summary>Plans side by side, a column each.</summary>
    public static void WriteColumns(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        WriteBest(terminal, plans);
        Plan[] fit = [.. plans.Where(static plan => plan.Fits)];
        Table table = Tables.New(["", .. fit.Select(static plan => $"{Number(plan.Chips)} × {plan.Device.Id}")]);
        foreach (string name in fit.SelectMany(static plan => PlanTable.Rows(plan)).Select(static row => row.Name).Distinct().ToArray())
        {
            table.Add([name, .. fit.Select(plan => Cell(plan, name))]);
        }

        if (fit.Length > 0)
        {
            terminal.Write(table, wraps: true);
        }

        WriteUnfit(terminal, plans);
    }

    /// <summary>Many plans, a row each.</summary>
    public static void WriteRows(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        WriteBest(terminal, plans);
        Table table = Tables.New("device", ">chips", "division", ">users", ">per token", ">range", ">$/1M out", ">$/1M in", ">first token", ">tokens/s", ">J/token", "bound", ">error", "note");
        foreach (Plan plan in plans.Where(static plan => plan.Fits))
        {
            table.Add(
                plan.Device.Id,
                Number(plan.Chips),
                PlanTable.Division(plan),
                Number(plan.Users),
                Text(plan.Tpot, Units.Time),
                $"{Units.Time(plan.Tpot!.Value.Low)} to {Units.Time(plan.Tpot.Value.High)}",
                Text(plan.DollarsPerMillionOutput, Units.Dollars),
                Text(plan.DollarsPerMillionInput, Units.Dollars),
                Text(plan.Ttft, Units.Time),
                Text(plan.TokensPerSecond, Units.Count),
                Text(plan.JoulesPerToken, static joules => Units.Digits(joules)),
                plan.Point!.Step.Bound,
                plan.Error!.IsCalibrated ? Units.Percent(plan.Error.Median) : "uncalibrated",
                plan.Reason ?? "");
        }

        terminal.Write(table);
        WriteUnfit(terminal, plans);
    }

    /// <summary>Plans as JSON: <c>{"plans": [{…}]}</c>, each with all fields; <c>unknown</c> says why a field is null.</summary>
    public static void WriteJson(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        terminal.Out.WriteLine(new JsonObject { ["plans"] = new JsonArray([.. plans.Select(Json)]) }.ToJsonString());
    }

    /// <summary>Plans as CSV: a line of names, then a line for each; the last column says why others are empty.</summary>
    public static void WriteCsv(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        PlanFields[] rows = [.. plans.Select(PlanFields.Of)];
        terminal.Out.WriteLine(string.Join(',', rows[0].Fields.Select(static field => field.Name).Append("unknown")));
        foreach (PlanFields row in rows)
        {
            string unknown = string.Join("; ", row.Unknown.Select(static field => $"{field.Key}: {field.Value}"));
            terminal.Out.WriteLine(string.Join(',', row.Fields.Select(static field => Quoted(Word(field.Value))).Append(Quoted(unknown))));
        }
    }

    static JsonObject Json(Plan plan)
    {
        PlanFields fields = PlanFields.Of(plan);
        JsonObject json = [];
        foreach ((string name, object? value) in fields.Fields)
        {
            json[name] = value switch
            {
                null => null,
                double number => number,
                long number => number,
                bool truth => truth,
                _ => (string)value,
            };
        }

        JsonObject unknown = [];
        foreach ((string name, string reason) in fields.Unknown)
        {
            unknown[name] = reason;
        }

        json["unknown"] = unknown;
        return json;
    }

    static void WriteBest(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        if (plans[0].Fits)
        {
            terminal.Out.WriteLine($"best: {PlanTable.Headline(plans[0])}");
        }
    }

    static void WriteUnfit(Terminal terminal, IReadOnlyList<Plan> plans)
    {
        foreach (Plan plan in plans.Where(static plan => !plan.Fits))
        {
            terminal.Out.WriteLine($"{plan.Device.Id}: {plan.Reason}");
        }
    }

    // Beside each other there is room for ranges, and for what is a word otherwise.
    static string Cell(Plan plan, string name)
    {
        (string _, string? value, string? detail) = PlanTable.Rows(plan).FirstOrDefault(row => row.Name == name);
        return detail is not null && (name == "chips" || detail.Contains(" to ", StringComparison.Ordinal)) ? $"{value} ({detail})" : value ?? "";
    }

    static string Text(Estimate? estimate, Func<double, string> text) => estimate is { } known ? text(known.Value) : "unknown";

    static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    static string Word(object? value) => value switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
