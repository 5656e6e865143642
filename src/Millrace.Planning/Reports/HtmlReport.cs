using System.Globalization;
using System.Net;
using System.Text;

namespace Millrace.Planning.Reports;

/// <summary>A page in one file: its style is within it, it runs no script and fetches nothing. Every text is escaped.</summary>
/// <param name="title">Its title.</param>
public sealed class HtmlReport(string title)
{
    readonly StringBuilder _body = new();

    /// <summary>The sentence to read first.</summary>
    public HtmlReport Headline(string text) => Add($"<p class=\"headline\">{Escape(text)}</p>\n");

    /// <summary>A heading.</summary>
    public HtmlReport Heading(string text) => Add($"<h2>{Escape(text)}</h2>\n");

    /// <summary>A paragraph.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="isBad">Whether it says that something fails.</param>
    public HtmlReport Paragraph(string text, bool isBad = false) => Add($"<p{(isBad ? " class=\"bad\"" : "")}>{Escape(text)}</p>\n");

    /// <summary>Large figures, each with what it is and a note.</summary>
    public HtmlReport Tiles(IEnumerable<(string Value, string Name, string Note)> tiles)
    {
        Add($"<div class=\"tiles\">\n");
        foreach ((string value, string name, string note) in tiles)
        {
            Add($"<div class=\"tile\"><span>{Escape(name)}</span><b>{Escape(value)}</b><span>{Escape(note)}</span></div>\n");
        }

        return Add($"</div>\n");
    }

    /// <summary>A table. A column whose name begins with &lt; is aligned to the left, with &lt;&lt; also wrapped.</summary>
    /// <param name="columns">Their names.</param>
    /// <param name="rows">Their cells, as many as columns.</param>
    /// <param name="best">Index of the row to show, or -1.</param>
    public HtmlReport Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, int best = -1)
    {
        string[] styles = [.. columns.Select(column => column.StartsWith("<<", StringComparison.Ordinal) ? " class=\"left wrap\"" : column.StartsWith('<') ? " class=\"left\"" : "")];
        Add($"<div class=\"scroll\"><table><thead><tr>");
        for (int i = 0; i < columns.Count; i++)
        {
            Add($"<th{styles[i]}>{Escape(columns[i].TrimStart('<'))}</th>");
        }

        Add($"</tr></thead><tbody>\n");
        int index = 0;
        foreach (IReadOnlyList<string> row in rows)
        {
            Add($"<tr{(index++ == best ? " class=\"best\"" : "")}>");
            for (int i = 0; i < row.Count; i++)
            {
                Add($"<td{styles[i]}>{Escape(row[i])}</td>");
            }

            Add($"</tr>\n");
        }

        return Add($"</tbody></table></div>\n");
    }

    /// <summary>Parts of a whole as a bar, with their names below.</summary>
    /// <param name="parts">Names and sizes; those that are not above 0 count as 0.</param>
    public HtmlReport Bar(IReadOnlyList<(string Name, double Part)> parts)
    {
        double[] sizes = [.. parts.Select(part => part.Part > 0 && double.IsFinite(part.Part) ? part.Part : 0)];
        double sum = sizes.Sum();
        if (sum == 0)
        {
            return this;
        }

        Add($"<div class=\"bar plot\">");
        for (int i = 0; i < parts.Count; i++)
        {
            Add($"<i class=\"c{i % 8}\" style=\"width:{sizes[i] / sum * 100:0.##}%\" title=\"{Escape(parts[i].Name)}\"></i>");
        }

        Add($"</div><div class=\"keys plot\">");
        for (int i = 0; i < parts.Count; i++)
        {
            Add($"<span><i class=\"c{i % 8}\"></i>{Escape(parts[i].Name)} {sizes[i] / sum * 100:0} %</span>");
        }

        return Add($"</div>\n");
    }

    /// <summary>Figures beside each other.</summary>
    public HtmlReport Figures(params IReadOnlyList<Plot> plots)
    {
        Add($"<div class=\"plots\">\n");
        foreach (Plot plot in plots)
        {
            string caption = plot.Caption is null ? "" : $"<figcaption>{Escape(plot.Caption)}</figcaption>";
            Add($"<figure><h3>{Escape(plot.Title)}</h3>{SvgPlot.Element(plot)}{caption}</figure>\n");
        }

        return Add($"</div>\n");
    }

    /// <summary>The page.</summary>
    /// <param name="footer">Its last line.</param>
    public string ToHtml(string footer) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <style>
        {ReportStyle.ForPages}
        </style>
        </head>
        <body>
        <h1>{Escape(title)}</h1>
        {_body}<footer>{Escape(footer)}</footer>
        </body>
        </html>

        """;

    HtmlReport Add(FormattableString text)
    {
        _body.Append(text.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    static string Escape(string text) => WebUtility.HtmlEncode(text);
}
