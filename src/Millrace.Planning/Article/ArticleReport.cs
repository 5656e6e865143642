using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Millrace.Planning.Reports;

namespace Millrace.Planning.Article;

/// <summary>The findings as text, JSON and pages.</summary>
public static class ArticleReport
{
    /// <summary>Names of the columns of <see cref="Cells"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["claim", "bound", "predicted", "measured", "verdict", "why"];

    /// <summary>A finding as the cells of a row.</summary>
    public static string[] Cells(Finding finding) =>
    [
        finding.Claim.Text,
        finding.Bound is { } bound ? Amounts.Text(bound.Value, bound.Unit) : "",
        finding.Prediction is { } own ? $"{Amounts.Text(own.Value, own.Unit)} ({Amounts.Text(own.Low, own.High, own.Unit)})" : "",
        finding.Measured is { } span ? Amounts.Text(span) : "",
        Word(finding.Verdict),
        finding.Reason,
    ];

    /// <summary>How many claims have each verdict, in a sentence.</summary>
    public static string Summary(IReadOnlyList<Finding> findings) => $"Of {findings.Count} claims "
        + string.Join(", ", Enum.GetValues<Verdict>().Select(verdict => (verdict, Count: findings.Count(finding => finding.Verdict == verdict))).Where(static pair => pair.Count > 0).Select(pair => $"{pair.Count} {Counted(pair.verdict, pair.Count)}")) + ".";

    /// <summary>The verdict in a word or two.</summary>
    public static string Word(Verdict verdict) => verdict == Verdict.NotTestable ? "not testable" : verdict.ToString().ToLowerInvariant();

    /// <summary>All figures of a finding.</summary>
    public static JsonObject Json(Finding finding) => new()
    {
        ["id"] = finding.Claim.Id,
        ["topic"] = finding.Claim.Topic,
        ["claim"] = finding.Claim.Text,
        ["values"] = new JsonArray([.. finding.Claim.Values.Select(static value => JsonValue.Create(value))]),
        ["unit"] = finding.Claim.Unit,
        ["bound"] = finding.Bound is { } bound ? new JsonObject { ["value"] = bound.Value, ["unit"] = bound.Unit, ["how"] = bound.How } : null,
        ["predicted"] = finding.Prediction is { } own ? new JsonObject { ["value"] = own.Value, ["low"] = own.Low, ["high"] = own.High, ["unit"] = own.Unit, ["calibration"] = own.Basis } : null,
        ["measured"] = finding.Measured is { } span ? new JsonObject { ["low"] = span.Low, ["high"] = span.High, ["unit"] = span.Unit } : null,
        ["evidence"] = new JsonArray([.. finding.Evidence.Select(static one => new JsonObject { ["value"] = one.Value, ["unit"] = one.Unit, ["what"] = one.What, ["kind"] = one.Kind, ["source"] = one.Source, ["date"] = one.Date })]),
        ["verdict"] = Word(finding.Verdict),
        ["why"] = finding.Reason,
    };

    /// <summary>A document in Markdown: the claims by topic, then the sources.</summary>
    public static string Markdown(IReadOnlyList<Finding> findings)
    {
        StringBuilder text = new();
        text.Append("# The article's claims\n\n").Append(Summary(findings)).Append('\n');
        foreach (IGrouping<string, Finding> topic in findings.GroupBy(static finding => finding.Claim.Topic))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {topic.Key}\n\n| {string.Join(" | ", Columns)} |\n|{string.Concat(Enumerable.Repeat("---|", Columns.Count))}\n");
            foreach (Finding finding in topic)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Cells(finding).Select(static cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
            }
        }

        text.Append("\n## Sources\n\n");
        foreach (Evidence one in Sources(findings))
        {
            text.Append(CultureInfo.InvariantCulture, $"- {one.What}: {Amounts.Text(one.Value, one.Unit)}, {one.Kind}, {one.Date}: <{one.Source}>\n");
        }

        return text.ToString();
    }

    /// <summary>A page: the verdicts at a glance, the table of machines as a figure, the claims by topic, the sources.</summary>
    public static string Html(IReadOnlyList<Finding> findings)
    {
        HtmlReport page = new HtmlReport("The inference revolution: claims, physics, measurements").Headline(Summary(findings));
        page.Tiles(Enum.GetValues<Verdict>().Select(verdict => ($"{findings.Count(finding => finding.Verdict == verdict)}", Word(verdict), Meaning(verdict))));
        page.Figures(
            Table(findings, "-latency", "Llama 3 70B, batch 1: time of a token", "ms a token", 1e3),
            Table(findings, "-cost", "Llama 3 70B, batch 1: cost of a million tokens", "$ a million tokens", 1));
        foreach (IGrouping<string, Finding> topic in findings.GroupBy(static finding => finding.Claim.Topic))
        {
            page.Heading(topic.Key).Table(["<<claim", "bound", "predicted", "measured", "<verdict", "<<why"], topic.Select(Cells));
        }

        page.Heading("How the bounds come about").Table(["<<claim", "bound", "<<from"], findings.Where(static finding => finding.Bound is not null).Select(static finding => new[] { finding.Claim.Text, Amounts.Text(finding.Bound!.Value, finding.Bound.Unit), finding.Bound.How }));
        page.Heading("What the predictions rest on").Table(["<<claim", "predicted", "from", "to", "<<calibration"], findings.Where(static finding => finding.Prediction is not null).Select(static finding => Predicted(finding.Claim, finding.Prediction!)));
        page.Heading("Sources").Table(["<<what", "figure", "<kind", "<date", "<<source"], Sources(findings).Select(static one => new[] { one.What, Amounts.Text(one.Value, one.Unit), one.Kind, one.Date, one.Source }));
        return page.ToHtml("Bounds come from the device catalogue and the models' shapes, predictions from calibrated cost models; verdicts follow from the figures by rule.");
    }

    static Plot Table(IReadOnlyList<Finding> findings, string column, string title, string unit, double factor)
    {
        const double Beside = 0.12; // so that prediction and measurement do not hide each other
        Finding[] rows = [.. findings.Where(finding => finding.Claim.Id.EndsWith(column, StringComparison.Ordinal))];
        List<PlotSeries> series =
        [
            new("least by physics", 5, PlotStyle.Points, [.. rows.Select((row, index) => new PlotPoint(index + 1, row.Bound!.Value * factor, null, row.Bound.How))]),
            new("measured", 2, PlotStyle.Points, [.. rows.SelectMany((row, index) => new[] { row.Measured!.Low, row.Measured.High }.Distinct().Select(value => new PlotPoint(index + 1, value * factor, null, row.Reason)))]),
            new("claimed", 4, PlotStyle.Marked, [.. rows.Select((row, index) => new PlotPoint(index + 1, row.Claim.Value * factor, row.Claim.Text.Split(':')[0], row.Claim.Text))]),
        ];
        PlotPoint[] predicted = [.. rows.Select((row, index) => (row.Prediction, X: index + 1 + Beside)).Where(static pair => pair.Prediction is not null)
            .Select(pair => new PlotPoint(pair.X, pair.Prediction!.Value * factor, null, pair.Prediction.Basis) { Low = pair.Prediction.Low * factor, High = pair.Prediction.High * factor })];
        if (predicted.Length > 0)
        {
            series.Insert(2, new("predicted", 0, PlotStyle.Points, predicted));
        }

        return new Plot(title, new PlotAxis("row of the article's table"), new PlotAxis(unit, IsLog: true), series, "The claim beside the least that physics allows, our prediction with its error, and what was measured.");
    }

    static string[] Predicted(Claim claim, Prediction own) => [claim.Text, Amounts.Text(own.Value, own.Unit), Amounts.Text(own.Low, own.Unit), Amounts.Text(own.High, own.Unit), own.Basis];

    static IEnumerable<Evidence> Sources(IReadOnlyList<Finding> findings) => findings.SelectMany(static finding => finding.Evidence).Distinct();

    static string Meaning(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "the figures agree",
        Verdict.Partly => "in part, or on a condition left out",
        Verdict.Wrong => "the figures disagree",
        Verdict.Impossible => "no machine as described could",
        _ => "nothing here to hold it against",
    };

    static string Counted(Verdict verdict, int count) => verdict switch
    {
        Verdict.Holds => count == 1 ? "holds" : "hold",
        Verdict.Partly => count == 1 ? "holds in part" : "hold in part",
        Verdict.Wrong => count == 1 ? "is wrong" : "are wrong",
        Verdict.Impossible => count == 1 ? "is impossible" : "are impossible",
        _ => "cannot be tested here",
    };
}
