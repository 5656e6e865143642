using System.Text.Json;
using Millrace.Cli;

namespace Millrace.Tests.Cli;

/// <summary>What the commands do where no model is named.</summary>
public class DefaultModelTests
{
    static readonly string Story = Path.Combine(Repository.Root, "models", "story.gguf");

    [Fact]
    public void Beginning_is_told_to_its_end()
    {
        string story = CliRun.Answer("run", "Once upon a time", "--temp", "0");
        Assert.StartsWith("Once upon a time, ", story, StringComparison.Ordinal);
        Assert.Matches("[.!?]\"?\n$", story);
        Assert.InRange(story.Split(' ').Length, 60, 300);
    }

    [Fact]
    public void Request_is_answered_with_a_story_that_stops()
    {
        JsonElement answer = JsonDocument.Parse(CliRun.Answer("run", "Tell me a story about Lily the hedgehog.", "--temp", "0", "--output", "json")).RootElement;
        Assert.Equal("stop", answer.GetProperty("finish_reason").GetString());
        Assert.Contains("Lily", answer.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Conversation_knows_what_was_told()
    {
        CliRun run = CliRun.Typed("Tell me a story about Lily the hedgehog.\nWho is in the story?\n/bye\n", "run", "--temp", "0");
        Assert.Equal(0, run.ExitCode);
        string[] answers = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(2, answers.Length);
        Assert.Contains("Lily", answers[1], StringComparison.Ordinal);
        Assert.Contains("hedgehog", answers[1], StringComparison.Ordinal);
        Assert.True(answers[1].Length < 80, answers[1]);
    }

    [Fact]
    public void Raw_text_is_continued() =>
        Assert.StartsWith(",", CliRun.Answer("run", "Once upon a time", "--raw", "-n", "8", "--temp", "0"), StringComparison.Ordinal);

    [Theory]
    [InlineData("show")]
    [InlineData("tokenize", "Once upon a time")]
    [InlineData("run", "Tell me a story.", "-n", "20", "--temp", "0")]
    [InlineData("logits", "--tokens", "0,2,3")]
    public void It_is_the_story_model(params string[] args)
    {
        Assert.Equal(Story, ModelStore.Find(null));
        Assert.Equal(CliRun.Answer([.. args, "-m", Story]), CliRun.Answer(args));
    }

    [Fact]
    public void Bench_measures_it() =>
        Assert.Contains("story.gguf", CliRun.Answer("bench", "-p", "64", "-n", "16", "-b", "1", "-d", "0", "-r", "1"), StringComparison.Ordinal);
}
