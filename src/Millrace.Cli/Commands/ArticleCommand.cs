using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.Planning.Article;
using Millrace.Planning.Costs;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>article</c>: claims of an article on inference hardware beside physics, predictions and measurements.</summary>
sealed class ArticleCommand : Command
{
    readonly Terminal _terminal;
    readonly DeviceOptions _devices = new();
    readonly Option<string> _format = CliOptions.Choice("--format", "What to print", "table", "json", "md", "html");

    public ArticleCommand(Terminal terminal)
        : base("article", "Judges an article's claims on hardware for inference by physics, our predictions and what others measured")
    {
        _terminal = terminal;
        Add(_format);
        Add(_devices.Folders);
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        IReadOnlyList<Finding> findings = ArticleReview.Judge(_devices.Catalogue(parse), CostModels.For);
        switch (parse.GetRequiredValue(_format))
        {
            case "json":
                _terminal.Out.WriteLine(new JsonArray([.. findings.Select(ArticleReport.Json)]).ToJsonString());
                break;
            case "md":
                _terminal.Out.Write(ArticleReport.Markdown(findings));
                break;
            case "html":
                _terminal.Out.Write(ArticleReport.Html(findings));
                break;
            default:
                WriteTables(findings);
                break;
        }
    }

    void WriteTables(IReadOnlyList<Finding> findings)
    {
        foreach (IGrouping<string, Finding> topic in findings.GroupBy(static finding => finding.Claim.Topic))
        {
            _terminal.Out.WriteLine(topic.Key);
            Table table = Tables.New("claim", ">bound", ">predicted", ">measured", "verdict", "why");
            foreach (Finding finding in topic)
            {
                table.Add(ArticleReport.Cells(finding));
            }

            _terminal.Write(table, wraps: true);
        }

        _terminal.Out.WriteLine(ArticleReport.Summary(findings));
    }
}
