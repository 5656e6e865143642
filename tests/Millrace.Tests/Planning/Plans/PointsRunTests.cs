using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Plans;

namespace Millrace.Tests.Planning.Plans;

public sealed class PointsRunTests : IDisposable
{
    const string Row = """{"model":"Llama-3.1-70B","params":7.06e10,"precision":"fp8","device":"h100_sxm","count":4,"parallelism":"TP4","framework":"vllm","batch_or_concurrency":32,"input_len":1024,"output_len":1024,"metric":"tpot ms"}""";

    readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Every_row_gets_its_line()
    {
        JsonObject[] lines = Run($$"""[{{Row}}, {"device":"toaster"}, 5, null, {}, {{Row.Replace("32", "\"64\"", StringComparison.Ordinal)}}]""");
        Assert.Equal(6, lines.Length);
        Assert.All(new[] { 0, 5 }, i => Assert.True(lines[i].ContainsKey("predicted")));
        Assert.All(new[] { 1, 2, 3, 4 }, i => Assert.NotEmpty((string)lines[i]["reason"]!));
        Assert.InRange((double)lines[0]["predicted"]!, (double)lines[0]["low"]!, (double)lines[0]["high"]!);
        Assert.InRange((double)lines[0]["predicted"]!, 12, 22); // milliseconds: the row's own unit
        Assert.True((double)lines[5]["predicted"]! > (double)lines[0]["predicted"]!);
        Assert.Contains("h100 vllm", (string)lines[0]["calibration"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rows_own_value_changes_nothing()
    {
        string with = Row[..^1] + ",\"value\":1e-9}", text = Row[..^1] + ",\"value\":\"?\"}";
        JsonObject[] lines = Run($"[{Row}, {with}, {text}]");
        Assert.Equal(lines[0].ToJsonString(), lines[1].ToJsonString());
        Assert.Equal(lines[0].ToJsonString(), lines[2].ToJsonString());
    }

    [Fact]
    public void An_uncalibrated_device_has_a_wide_range()
    {
        JsonObject line = Run($"[{Row.Replace("h100_sxm", "TPU v5e", StringComparison.Ordinal)}]")[0];
        double predicted = (double)line["predicted"]!;
        Assert.StartsWith("uncalibrated", (string)line["calibration"]!, StringComparison.Ordinal);
        Assert.True((double)line["low"]! <= 0.5 * predicted);
        Assert.True((double)line["high"]! >= 1.5 * predicted);
    }

    [Theory]
    [InlineData("{}", "JSON array")]
    [InlineData("[{]", "JSON array")]
    [InlineData("", "JSON array")]
    public void A_broken_file_is_named(string json, string part) => Assert.Contains(part, Assert.Throws<PlanningException>(() => Run(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nearly_all_published_rows_are_predicted()
    {
        string published = SharedData.Require("data", "published.json");
        StringWriter output = new();
        PointsRun.Run(published, Calibration.BuiltIn, DeviceCatalogue.BuiltIn, output);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using JsonDocument rows = JsonDocument.Parse(File.ReadAllBytes(published));
        Assert.Equal(rows.RootElement.GetArrayLength(), lines.Length);
        Assert.True(lines.Count(static line => line.Contains("\"predicted\"", StringComparison.Ordinal)) > 0.95 * lines.Length);
    }

    JsonObject[] Run(string json)
    {
        File.WriteAllText(_path, json);
        StringWriter output = new();
        PointsRun.Run(_path, Calibration.BuiltIn, DeviceCatalogue.BuiltIn, output);
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!.AsObject())];
    }
}
