using System.Text.Json;

namespace Millrace.Tests.Cli;

public class DevicesCommandTests
{
    [Fact]
    public void List_has_a_line_for_each_device()
    {
        string answer = CliRun.Answer("devices");
        Assert.Matches(@"(?m)^ h100 +gpu +85.9 GB +3.35 TB/s +989 T +bf16 +450 GB/s +700 +1.69 +H100 SXM 80GB$", answer);
        Assert.Matches(@"(?m)^ groq-lpu +lpu +230 MB +80 TB/s ", answer);
    }

    [Fact]
    public void Device_shows_each_figure_with_its_source()
    {
        string answer = CliRun.Answer("devices", "NVIDIA H100 80GB HBM3", "--set", "price=2");
        Assert.Matches(@"HBM bandwidth +3.35 TB/s +https://github.com/ai-dynamo/aiconfigurator/\S+h100_sxm.yaml", answer);
        Assert.Matches(@"price +\$ 2 /h +what-if", answer);
        Assert.Matches(@"L2 capacity +50 MB +general knowledge, not checked", answer);
    }

    [Fact]
    public void Json_can_be_read_as_a_description()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("mine.json"), CliRun.Answer("devices", "h100", "--set", "hbm4", "--output", "json"));
        using JsonDocument all = JsonDocument.Parse(CliRun.Answer("devices", "--devices", folder.Path(), "--output", "json"));
        JsonElement h100 = all.RootElement.GetProperty("devices").EnumerateArray().Single(device => device.GetProperty("id").GetString() == "h100");
        Assert.Equal(6e12, h100.GetProperty("memory")[0].GetProperty("bytesPerSecond").GetProperty("value").GetDouble());
    }

    [Fact]
    public void Errors_name_what_is_wrong()
    {
        CliRun.Of("devices", "h10").MustFail(2, "device: expected a device such as h100");
        CliRun.Of("devices", "h100", "--set", "hbm.bandwidth=0").MustFail(2, "--set: hbm.bandwidth: expected a finite number above 0");
        CliRun.Of("devices", "--set", "price=2").MustFail(2, "--set replaces figures of one device: name it");
        CliRun.Of("devices", "--devices", "/nowhere/at/all").MustFail(1, "--devices: no folder '/nowhere/at/all'");
    }
}
