using System.Text.Json;

namespace Millrace.Tests.Cli;

public class ArticleCommandTests
{
    [Fact]
    public void Table_judges_each_claim_in_a_line()
    {
        string answer = CliRun.Answer("article");
        Assert.Matches(@"(?m)^ 8 × H100: 45 ms a token +5\.\d* ms +.*9\.11 to 29\.7 ms +wrong +Measured ", answer);
        Assert.Matches(@"Of 41 claims [0-9]+ hold, .*\.\n$", answer);
    }

    [Fact]
    public void Json_has_all_figures_with_their_sources()
    {
        using JsonDocument json = JsonDocument.Parse(CliRun.Answer("article", "--format", "json"));
        JsonElement row = json.RootElement.EnumerateArray().Single(row => row.GetProperty("id").GetString() == "inf2-latency");
        Assert.Equal("holds", row.GetProperty("verdict").GetString());
        Assert.Equal(0.032896, row.GetProperty("evidence")[0].GetProperty("value").GetDouble());
        Assert.StartsWith("https://", row.GetProperty("evidence")[0].GetProperty("source").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_rows_have_as_many_cells_as_columns()
    {
        string[] rows = [.. CliRun.Answer("article", "--format", "md").Split('\n').Where(line => line.StartsWith('|'))];
        Assert.True(rows.Length > 45);
        Assert.All(rows, row => Assert.Equal(7, row.Count(c => c == '|')));
    }

    [Fact]
    public void Page_stands_alone()
    {
        string page = CliRun.Answer("article", "--format", "html");
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
    }
}
