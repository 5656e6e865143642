using System.Text.Json;

namespace Millrace.Tests.Cli;

public class LogitsCommandTests
{
    [Fact]
    public void Last_position_alone_is_printed_and_continues_the_story()
    {
        JsonElement line = Assert.Single(Lines(CliRun.Answer("logits", "-m", KnownStory.Path, "--tokens", "262,266,267", "--top", "3")));
        Assert.Equal(2, line.GetProperty("position").GetInt32());
        JsonElement[][] top = [.. line.GetProperty("top").EnumerateArray().Select(pair => pair.EnumerateArray().ToArray())];
        Assert.Equal(3, top.Length);
        Assert.Equal(271, top[0][0].GetInt32());
        Assert.InRange(top[0][1].GetDouble(), -0.2, 0);
    }

    [Fact]
    public void All_positions_have_a_line_each() =>
        Assert.Equal([0, 1, 2, 3], Lines(CliRun.Answer("logits", "-m", KnownStory.Path, "--tokens", "262,266,267,271", "--all")).Select(line => line.GetProperty("position").GetInt32()));

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("100")]
    public void Chunks_change_nothing(string chunk)
    {
        string[] args = ["logits", "-m", KnownStory.Path, "--tokens", "262,266,267,271,275,278,267", "--all"];
        Assert.Equal(CliRun.Answer(args), CliRun.Answer([.. args, "--chunk", chunk]));
    }

    [Fact]
    public void More_than_the_vocabulary_is_all_of_it() =>
        Assert.Equal(604, Lines(CliRun.Answer("logits", "-m", KnownStory.Path, "--tokens", "262", "--top", "100000")).Single().GetProperty("top").GetArrayLength());

    [Fact]
    public void Log_probabilities_have_nine_significant_digits()
    {
        string answer = CliRun.Answer("logits", "-m", KnownStory.Path, "--tokens", "262,266,267", "--top", "1");
        Assert.Matches("""^\{"position":2,"top":\[\[271,-0\.[1-9][0-9]{6,8}\]\]\}\n$""", answer);
    }

    [Theory]
    [InlineData("--tokens: expected ids from 0 to 603, found 604", "--tokens", "604")]
    [InlineData("--tokens: expected whole numbers of at least 0, separated by commas, found '1,x'", "--tokens", "1,x")]
    [InlineData("--tokens: expected whole numbers of at least 0, separated by commas, found '-1'", "--tokens", "-1")]
    [InlineData("--chunk: expected a whole number of at least 1, found '0'", "--tokens", "1", "--chunk", "0")]
    [InlineData("--kv: expected one of f16, int8, f32, found 'f8'", "--tokens", "1", "--kv", "f8")]
    [InlineData("Option '--tokens' is required")]
    public void Wrong_use_is_named(string message, params string[] args) => CliRun.Of(["logits", "-m", KnownStory.Path, .. args]).MustFail(2, message);

    static JsonElement[] Lines(string answer) => [.. answer.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
}
