using System.Text.RegularExpressions;
using Millrace.Planning.Reports;

namespace Millrace.Tests.Planning.Reports;

public class HtmlReportTests
{
    [Fact]
    public void Page_is_one_file_without_scripts_or_addresses()
    {
        string html = Page().ToHtml("the end");
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch("(?i)(src|href)=|url\\(|@import", html);
        Assert.Equal("http://www.w3.org/2000/svg", Assert.Single(Regex.Matches(html, "https?://[^\"<]*").Select(match => match.Value).Distinct()));
        Assert.Contains("prefers", html.Replace("light-dark", "prefers", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_text_is_escaped()
    {
        const string bad = "<img onerror=x>";
        string html = new HtmlReport(bad).Headline(bad).Heading(bad).Paragraph(bad).Tiles([(bad, bad, bad)]).Table(["<" + bad[1..]], [[bad]]).Bar([(bad, 1)]).ToHtml(bad);
        Assert.DoesNotContain(bad, html, StringComparison.Ordinal);
        Assert.Equal(12, Regex.Count(html, "&lt;img onerror=x&gt;"));
    }

    [Fact]
    public void Best_row_is_shown() =>
        Assert.Contains("<tr class=\"best\"><td class=\"left\">b</td>", new HtmlReport("t").Table(["<name"], [["a"], ["b"]], best: 1).ToHtml(""), StringComparison.Ordinal);

    [Fact]
    public void Bar_shows_parts_of_the_sum()
    {
        string html = new HtmlReport("t").Bar([("one", 3), ("two", 1), ("none", double.NaN)]).ToHtml("");
        Assert.Contains("width:75%", html, StringComparison.Ordinal);
        Assert.Contains("two 25 %", html, StringComparison.Ordinal);
    }

    static HtmlReport Page() => new HtmlReport("A plan").Headline("It fits").Tiles([("1 ms", "time", "")]).Figures(new Plot("p", new PlotAxis("x"), new PlotAxis("y"), [new PlotSeries("s", 0, PlotStyle.Line, [new(1, 1), new(2, 2)])]));
}
