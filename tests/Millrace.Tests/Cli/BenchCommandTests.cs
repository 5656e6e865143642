using System.Text.Json;
using Millrace.Cli.Benchmarks;

namespace Millrace.Tests.Cli;

public class BenchCommandTests
{
    [Fact]
    public void Json_has_every_field_in_every_result()
    {
        JsonElement bench = JsonDocument.Parse(CliRun.Answer("bench", "-p", "40", "-n", "3", "-b", "1,2", "-d", "0,33", "-r", "2", "-t", "1", "--output", "json")).RootElement;
        Assert.True(bench.GetProperty("bandwidth_gbps").GetDouble() > 0);
        JsonElement[] results = [.. bench.GetProperty("results").EnumerateArray()];
        Assert.Equal(
            ["prefill 40 1 0", "decode 3 1 0", "prefill 40 2 0", "decode 3 2 0", "prefill 40 1 33", "decode 3 1 33", "prefill 40 2 33", "decode 3 2 33"],
            results.Select(result => $"{result.GetProperty("kind")} {result.GetProperty("tokens")} {result.GetProperty("batch")} {result.GetProperty("depth")}"));
        string[] fields = [.. results[0].EnumerateObject().Select(field => field.Name)];
        Assert.All(results, result =>
        {
            Assert.Equal(fields, result.EnumerateObject().Select(field => field.Name));
            JsonElement speed = result.GetProperty("tokens_per_second");
            Assert.InRange(speed.GetProperty("median").GetDouble(), speed.GetProperty("min").GetDouble(), speed.GetProperty("max").GetDouble());
            Assert.True(result.GetProperty("first_token_ms").GetDouble() > 0);
        });
    }

    [Theory]
    [InlineData("decode", "-p", "0", "-n", "2")]
    [InlineData("prefill", "-p", "2", "-n", "0")]
    public void Zero_leaves_a_part_out(string kind, params string[] args)
    {
        JsonElement bench = JsonDocument.Parse(CliRun.Answer(["bench", .. args, "-r", "1", "--output", "json"])).RootElement;
        Assert.Equal([kind], bench.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("kind").GetString()));
    }

    [Fact]
    public void Table_has_a_row_for_each_result() =>
        Assert.Matches(@"prefill +8 +1 +0 +[0-9.]+ .*\n.*decode +2 +1 +0 +[0-9.]+ ", CliRun.Answer("bench", "-p", "8", "-n", "2", "-r", "1"));

    [Theory]
    [InlineData("leave nothing to measure", "-p", "0", "-n", "0")]
    [InlineData("-b: expected whole numbers of at least 1", "-b", "1,0")]
    [InlineData("more tokens than there can be", "-d", "2000000000")]
    [InlineData("-r: expected a whole number from 1 to 1000, found '0'", "-r", "0")]
    public void Wrong_use_is_named(string message, params string[] args) => CliRun.Of(["bench", .. args]).MustFail(2, message);

    [Theory]
    [InlineData(50, 2.5)]
    [InlineData(95, 4)]
    [InlineData(25, 1)]
    [InlineData(1, 1)]
    public void Percentiles_are_nearest_ranks(int percent, double expected) => Assert.Equal(expected, BenchResult.Percentile([4, 1, 3, 2], percent));

    [Fact]
    public void Jitter_is_the_slow_tokens_over_the_usual_one()
    {
        double[] steps = [.. Enumerable.Repeat(2.0, 98), 3, 9];
        Assert.Equal(1.5, new BenchResult("decode", 100, 1, 0, [1], [], steps, 100).Jitter);
        Assert.Null(new BenchResult("prefill", 100, 1, 0, [1], [], [], 100).Jitter);
    }

    [Fact]
    public void Rates_count_all_streams()
    {
        BenchResult result = new("decode", 10, 4, 0, [2, 1, 4], [], [], 100);
        Assert.Equal((20, 10, 40), (result.Median, result.Min, result.Max));
        Assert.Equal(150, result.SpreadPercent);
        Assert.Equal(50, result.Bandwidth);
    }
}
