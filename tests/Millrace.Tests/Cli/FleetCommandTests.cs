using System.Text.Json;

namespace Millrace.Tests.Cli;

public class FleetCommandTests
{
    static readonly string[] Small = ["fleet", "-m", "llama-3-8b", "--input", "500", "--output", "50"];

    [Fact]
    public void Offers_are_sorted_by_price_and_the_best_is_said_first()
    {
        using TemporaryFolder folder = new();
        string[] lines = CliRun.Answer([.. Small, "--rate", "20", "--requests", "200", "--device", "h100,l40s", "--precision", "fp8,bf16", "--html", folder.Path("f.html")]).Split('\n');
        Assert.Matches(@"^\$[0-9.]+ an hour, \$[0-9.]+ per million output tokens: [0-9]+ × .+ TP[0-9]+.*, p99 of [0-9.]+ m?s to the first token and [0-9.]+ ms per token$", lines[0]);
        Assert.Contains("wanted: p99 of TTFT ≤ 1 s, TPOT ≤ 50 ms", lines[1], StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(folder.Path("f.html")), StringComparison.Ordinal);

        JsonElement json = JsonDocument.Parse(CliRun.Answer([.. Small, "--rate", "20", "--requests", "200", "--device", "h100,l40s", "--precision", "fp8,bf16", "--format", "json"])).RootElement;
        double[] prices = [.. json.GetProperty("offers").EnumerateArray().Select(offer => offer.GetProperty("dollars_per_hour").GetDouble())];
        Assert.True(prices.Length >= 2);
        Assert.Equal(prices.Order(), prices);
        Assert.All(json.GetProperty("offers").EnumerateArray(), offer => Assert.True(offer.GetProperty("tpot").GetDouble() <= 0.05));
    }

    [Theory]
    [InlineData(2, "name devices with --device")]
    [InlineData(2, "--slo: expected ttft:MS", "--device", "h100", "--slo", "fast")]
    [InlineData(2, "--price: expected dollars above 0, found '0'", "--device", "h100", "--price", "0")]
    [InlineData(2, "--device: expected a device such as", "--device", "h100,warp-core")]
    [InlineData(2, "--set: price: expected a finite number above 0", "--device", "h100", "--set", "price=-2")]
    [InlineData(1, "no fleet: h100: alone on TP", "--device", "h100", "--slo", "tpot:0.01")]
    [InlineData(1, "no fleet: apple-m1: no price is known", "--device", "apple-m1")]
    [InlineData(1, "two requests that do not come at once", "--device", "h100", "--requests", "1")]
    public void What_cannot_be_is_named(int code, string message, params string[] options) => CliRun.Of([.. Small, .. options]).MustFail(code, message);
}
