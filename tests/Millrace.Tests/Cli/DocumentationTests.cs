using System.Text.RegularExpressions;

namespace Millrace.Tests.Cli;

/// <summary>What the documents say of the command line is so.</summary>
public partial class DocumentationTests
{
    public static TheoryData<string> Documents => ["README.md", "CONTRIBUTING.md", "docs/cli.md", "models/README.md", "models/story.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        string path = Path.Combine(Repository.Root, document);
        Assert.All(
            Link().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal)),
            link => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)), link));
    }

    [Fact]
    public void Every_command_and_option_of_the_page_exists()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string[] sections = page.Split("\n## ")[2..]; // after the introduction and the models
        Assert.NotEmpty(sections);
        foreach (string section in sections)
        {
            // A title is the command's words, then arguments in capitals.
            string help = CliRun.Answer([.. section.Split('\n')[0].Split(' ').TakeWhile(word => char.IsAsciiLetterLower(word[0])), "--help"]);
            Assert.All(CliOption().Matches(section).Select(match => match.Groups[1].Value), option => Assert.Contains(option, help, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_command_has_its_section()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string help = CliRun.Answer("--help");
        string[] commands = [.. Command().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value)];
        Assert.True(commands.Length >= 10, help);
        Assert.All(commands, command => Assert.Contains($"\n## {command}", page, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<![\w-])(--?[a-z][a-z-]*)")]
    private static partial Regex CliOption();

    [GeneratedRegex(@"^  ([a-z]+)", RegexOptions.Multiline)]
    private static partial Regex Command();
}
