namespace Millrace.Tests.Cli;

public class TokenizeCommandTests
{
    [Theory]
    [InlineData("Once upon a time", "262 266 267 271")]
    [InlineData("Once upon a time\n", "262 266 267 271 10")]
    [InlineData("", "")]
    [InlineData("xy", "120 121")]
    [InlineData("</s>", "60 47 115 62")]
    [InlineData("@xy", "64 120 121")]
    public void Ids_are_printed_alone(string text, string ids) => Assert.Equal(ids + "\n", CliRun.Answer("tokenize", "-m", KnownStory.Path, text, "--output", "ids"));

    [Fact]
    public void Special_tokens_are_parsed_where_asked() => Assert.Equal("603 120\n", CliRun.Answer("tokenize", "-m", KnownStory.Path, "--special", "</s>x", "--output", "ids"));

    [Theory]
    [InlineData("-")]
    [InlineData(null)]
    public void Standard_input_is_taken_as_it_is(string? dash)
    {
        CliRun run = CliRun.With("x\ny\n", ["tokenize", "-m", KnownStory.Path, .. dash is null ? Array.Empty<string>() : [dash], "--output", "ids"]);
        Assert.Equal("120 10 121 10\n", run.Out);
    }

    [Theory]
    [InlineData("x#y\n", "#", "120\n121 10\n")]
    [InlineData("#x##y#", "#", "\n120\n\n121\n\n")]
    [InlineData("", "#", "\n")]
    [InlineData("x\n--\ny", "\n--\n", "120\n121\n")]
    [InlineData("x#y", null, "120 35 121\n")]
    public void File_is_one_text_or_as_many_as_the_separator_makes(string content, string? separator, string lines)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("a.txt"), content);
        string[] options = separator is null ? [] : ["--separator", separator];
        Assert.Equal(lines, CliRun.Answer(["tokenize", "-m", KnownStory.Path, "--file", folder.Path("a.txt"), "--output", "ids", .. options]));
    }

    [Fact]
    public void Table_shows_pieces_and_bytes_that_are_no_characters()
    {
        string answer = CliRun.Answer("tokenize", "-m", KnownStory.Path, "Once é\n");
        Assert.Contains(" 262  'Once'\n", answer, StringComparison.Ordinal);
        Assert.Contains(" 195  '\\xc3'\n", answer, StringComparison.Ordinal);
        Assert.Contains("  10  '\\n'\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("5 tokens\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_alone_is_enough()
    {
        string folder = SharedData.Require("data", "vocab");
        string answer = CliRun.Answer("tokenize", "-m", Path.Combine(folder, "ggml-vocab-gpt-2.gguf"), "ied 4 ½ months", "--output", "ids");
        Assert.Equal(File.ReadLines(Path.Combine(folder, "ggml-vocab-gpt-2.gguf.out")).First().Trim(), answer.Trim());
    }

    [Theory]
    [InlineData(2, "not both", "x", "--file", "y")]
    [InlineData(2, "--separator: expected a text", "x", "--separator", "")]
    [InlineData(1, "no such file: /no/such", "--file", "/no/such")]
    [InlineData(1, "cannot read /: it is a folder", "--file", "/")]
    [InlineData(2, "--output: expected one of table, ids, found 'x'", "a", "--output", "x")]
    public void Wrong_use_is_named(int code, string message, params string[] args) => CliRun.Of(["tokenize", "-m", KnownStory.Path, .. args]).MustFail(code, message);
}
