using System.Diagnostics;
using System.Text.Json;

namespace Millrace.Tests.Cli;

public sealed class TwinTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Answer_comes_at_the_pace_of_another_machine_and_says_so()
    {
        long start = Stopwatch.GetTimestamp();
        CliRun run = CliRun.Of(["run", "--as", "a100", "--as-model", "llama-3-70b", "--as-count", "8", "-n", "8", "--temp", "0", "Once upon a time"]);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("8 × A100", run.Error, StringComparison.Ordinal);
        Assert.Contains("llama-3-70b", run.Error, StringComparison.Ordinal);
        Assert.Contains("nine times of ten", run.Error, StringComparison.Ordinal);
        Assert.Contains("8 tokens", run.Error, StringComparison.Ordinal);
        Assert.True(seconds > 7 * 141e9 / (8 * 2.1e12), $"{seconds}"); // no faster than eight memories can read the weights
        Assert.Equal(CliRun.Answer(["run", "-n", "8", "--temp", "0", "Once upon a time"]).Trim(), run.Out.Trim());
    }

    [Theory]
    [InlineData(2, "--as: expected a device such as", "--as", "nothing-like-it")]
    [InlineData(1, "does not fit", "--as", "h100", "--as-count", "1")]
    [InlineData(1, "no file, folder or known model", "--as", "h100", "--as-model", "unknown-thing")]
    [InlineData(2, "expected a type such as", "--as", "h100", "--as-precision", "soft")]
    [InlineData(2, "go with --as", "--as-model", "llama-3-8b")]
    public void What_cannot_be_imitated_is_named(int code, string message, params string[] args) => CliRun.Of(["run", "hello", .. args]).MustFail(code, message);

    [Fact]
    public void Steps_of_a_benchmark_are_logged()
    {
        string log = _folder.Path("steps.jsonl");
        CliRun.Answer(["bench", "-p", "8", "-n", "3", "-r", "1", "--log-steps", log]);
        JsonElement[] steps = [.. File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([8, 1, 1, 1], steps.Select(step => step.GetProperty("tokens").GetInt32()));
        Assert.Equal([1, 2, 3, 4], steps.Select(step => step.GetProperty("step").GetInt32()));
        Assert.All(steps, step => Assert.True(step.GetProperty("measured_us").GetDouble() > 0));
        CliRun.Of(["bench", "-p", "8", "-n", "0", "-r", "1", "--log-steps", _folder.Path("missing/x")]).MustFail(1, "missing");
    }

    [Theory]
    [InlineData("no shape 'x'", "--shapes", "x")]
    [InlineData("no shape 'deepseek-v3'", "--shapes", "deepseek-v3")]
    [InlineData("no type 'f8_e4m3'", "--types", "f8_e4m3")]
    public void Wrong_comparison_is_named(string message, params string[] args) => CliRun.Of(["bench", "twin", .. args]).MustFail(2, message);
}
