using System.Text.Json;

namespace Millrace.Tests.Cli;

public sealed class PerplexityCommandTests : IDisposable
{
    const string Story = "Once upon a time there was a small mill beside a quiet river. Every morning the miller opened the gate, and the water ran.";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Model_foresees_its_own_story()
    {
        File.WriteAllText(_folder.Path("story.txt"), Story);
        CliRun run = CliRun.Of("perplexity", "-m", KnownStory.Path, "--file", _folder.Path("story.txt"), "--ctx", "8", "--output", "json");
        Assert.Equal(0, run.ExitCode);
        JsonElement result = JsonDocument.Parse(run.Out).RootElement;
        Assert.InRange(result.GetProperty("perplexity").GetDouble(), 1, 1.2);
        Assert.InRange(result.GetProperty("standard_error").GetDouble(), 0, 0.2);
        Assert.Equal(3, result.GetProperty("chunks").GetInt32());
        Assert.Equal(9, result.GetProperty("tokens").GetInt32()); // positions 4 to 6 of each chunk foresee the next
        Assert.Contains("chunk 3 of 3: perplexity 1.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chunks_can_be_fewer_than_the_text_has()
    {
        File.WriteAllText(_folder.Path("story.txt"), Story);
        string answer = CliRun.Answer("perplexity", "-m", KnownStory.Path, "--file", _folder.Path("story.txt"), "--ctx", "8", "--chunks", "1");
        Assert.Matches(@"^perplexity 1\.[0-9]{4} ± [0-9.]+ \(3 tokens of 1 chunks\)\n$", answer);
    }

    [Fact]
    public void Text_without_a_whole_chunk_is_refused()
    {
        File.WriteAllText(_folder.Path("short.txt"), "Once upon a time");
        CliRun.Of("perplexity", "-m", KnownStory.Path, "--file", _folder.Path("short.txt")).MustFail(1, "has 4 tokens: expected at least one chunk of 512");
    }

    [Fact]
    public void Missing_text_is_named() => CliRun.Of("perplexity", "-m", KnownStory.Path, "--file", "/no/such").MustFail(1, "no such file: /no/such");
}
