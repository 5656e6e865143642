using System.Text;
using System.Text.Json.Nodes;
using Millrace.Planning;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Hardware;

public class DeviceFileTests
{
    const string Good = """
        {
          "sources": { "sheet": "https://example.org/sheet" },
          "devices": [ {
            "id": "mill-1", "name": "Mill One", "kind": "gpu", "aliases": ["mill"],
            "memory": [ { "level": "HBM", "bytes": { "value": 1e9, "source": "sheet" }, "bytesPerSecond": { "value": 1e12, "source": "sheet" } } ],
            "peaks": { "bf16": { "value": 1e14, "source": "estimate", "note": "of mine" } },
            "link": { "kind": "ring", "bytesPerSecond": { "value": 1e11, "source": "sheet" }, "domainChips": 4 },
            "dollarsPerHour": [ { "value": 2, "source": "sheet" } ], "systemChips": 4
          } ]
        }
        """;

    [Fact]
    public void Device_of_a_folder_is_known_with_its_sources()
    {
        using TemporaryFolder folder = Folder(Good);
        DeviceSpec device = DeviceCatalogue.Load([folder.Path()]).Get("8x Mill");
        Assert.Equal("mill-1", device.Id);
        Assert.Equal("https://example.org/sheet", device.MainMemory.Bytes!.Source);
        Assert.Equal(new Figure(1e14, "estimate", "of mine"), device.Peaks[NumberType.Bf16]);
        Assert.Equal(4, device.Link!.DomainChips);
        Assert.Null(device.Watts);
        Assert.Equal(DeviceCatalogue.BuiltIn.Devices.Count + 1, DeviceCatalogue.Load([folder.Path()]).Devices.Count);
    }

    [Fact]
    public void Device_of_a_folder_replaces_one_of_the_same_id()
    {
        using TemporaryFolder folder = Folder(Good.Replace("mill-1", "h100", StringComparison.Ordinal));
        DeviceCatalogue catalogue = DeviceCatalogue.Load([folder.Path()]);
        Assert.Equal(DeviceCatalogue.BuiltIn.Devices.Count, catalogue.Devices.Count);
        Assert.Equal("Mill One", catalogue.Get("h100").Name);
        Assert.Equal("Mill One", catalogue.Get("NVIDIA H100").Name);
    }

    [Theory]
    [InlineData("\"value\": 1e12", "\"value\": 0", "devices[0].memory[0].bytesPerSecond.value: expected a finite number above 0, found 0")]
    [InlineData("\"value\": 1e12", "\"value\": -5", "bytesPerSecond.value: expected a finite number above 0, found -5")]
    [InlineData("\"value\": 1e12", "\"value\": 1e999", "bytesPerSecond.value: expected a finite number above 0, found 1e999")]
    [InlineData("\"value\": 1e9", "\"value\": \"NaN\"", "memory[0].bytes.value: expected a finite number above 0, found \"NaN\"")]
    [InlineData("\"value\": 1e9", "\"value\": NaN", "expected JSON")]
    [InlineData("\"value\": 1e9, ", "", "memory[0].bytes.value: expected a finite number above 0, found nothing")]
    [InlineData("\"source\": \"estimate\", ", "", "peaks.bf16.source: expected a text, found nothing")]
    [InlineData("\"bf16\"", "\"bf17\"", "devices[0].peaks: expected no fields but fp32, fp16, bf16, fp8, int8, fp4, int4, found bf17")]
    [InlineData("\"gpu\"", "\"abacus\"", "devices[0].kind: expected one of gpu, systolic, lpu, wafer, cpu, npu, found abacus")]
    [InlineData("\"systemChips\": 4", "\"systemChips\": 0", "devices[0].systemChips: expected a whole number of at least 1, found 0")]
    [InlineData("\"systemChips\": 4", "\"systemChips\": 1.5", "systemChips: expected a whole number of at least 1, found 1.5")]
    [InlineData("\"systemChips\": 4", "\"price\": 4", "devices[0]: expected no fields but id, name, vendor")]
    [InlineData("\"kind\": \"gpu\"", "\"kind\": \"gpu\", \"kind\": \"cpu\"", "expected JSON without duplicate keys")]
    [InlineData("\"mill-1\"", "\"here\"", "not 'here', which is this machine, found here")]
    [InlineData("\"mill-1\"", "\"../mill\"", "devices[0].id: expected at most 64 of a-z")]
    [InlineData("\"Mill One\"", "\"Mill\\u001b[2J\"", "devices[0].name: expected a text of 1 to 2000 characters without control characters")]
    [InlineData("\"Mill One\"", "\"Mill \\ud800\"", "devices[0].name: expected a text of 1 to 2000 characters")]
    [InlineData("\"Mill One\"", "\"Mill One\", \"\\ud800\": 1", "expected keys of whole characters")]
    [InlineData("[\"mill\"]", "\"mill\"", "devices[0].aliases: expected a list, found \"mill\"")]
    [InlineData("[\"mill\"]", "[\"--\"]", "aliases: expected names with letters or digits")]
    [InlineData("[\"mill\"]", "[\"H-200\"]", "mill-1: expected names that no other device has, found 'h 200', a name of h200 (built in)")]
    [InlineData("{ \"level\": \"HBM\"", "7, { \"level\": \"HBM\"", "devices[0].memory[0]: expected an object, found 7")]
    [InlineData(", \"bytesPerSecond\": { \"value\": 1e12, \"source\": \"sheet\" }", "", "devices[0].memory: expected a first level, which holds the weights, with bytes and bytesPerSecond, found HBM")]
    public void Wrong_file_is_refused_by_name(string old, string replacement, string message)
    {
        Assert.Contains(old, Good, StringComparison.Ordinal);
        using TemporaryFolder folder = Folder(Good.Replace(old, replacement, StringComparison.Ordinal));
        PlanningException problem = Assert.Throws<PlanningException>(() => DeviceCatalogue.Load([folder.Path()]));
        Assert.StartsWith(folder.Path("mine.json"), problem.Message, StringComparison.Ordinal);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', problem.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"devices\":[]}")]
    [InlineData("{\"devices\":[{}]}")]
    [InlineData("{\"devices\":{}}")]
    [InlineData("not json")]
    public void Empty_or_torn_file_is_refused(string json)
    {
        using TemporaryFolder folder = Folder(json);
        Assert.StartsWith(folder.Path("mine.json"), Assert.Throws<PlanningException>(() => DeviceCatalogue.Load([folder.Path()])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_in_another_encoding_is_refused()
    {
        using TemporaryFolder folder = Folder("");
        File.WriteAllBytes(folder.Path("mine.json"), Encoding.Unicode.GetBytes(Good));
        Assert.Throws<PlanningException>(() => DeviceCatalogue.Load([folder.Path()]));
    }

    [Fact]
    public void Device_named_twice_in_a_folder_is_refused()
    {
        using TemporaryFolder folder = Folder(Good);
        File.WriteAllText(folder.Path("other.json"), Good);
        Assert.Contains("expected each device once, found mill-1, also in ", Assert.Throws<PlanningException>(() => DeviceCatalogue.Load([folder.Path()])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_anywhere_the_file_is_refused_and_never_anything_else()
    {
        for (int length = 0; length < Good.TrimEnd().Length; length++)
        {
            Assert.Throws<PlanningException>(() => DeviceFile.Parse("cut", "cut", Encoding.UTF8.GetBytes(Good[..length])));
        }
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_and_never_anything_else()
    {
        byte[] good = Encoding.UTF8.GetBytes(Good);
        Random random = new(7);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] changed = [.. good];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                DeviceSpec device = DeviceFile.Parse("changed", "changed", changed)[0];
                Assert.True(device.MainMemory.BytesPerSecond!.Value > 0 && double.IsFinite(device.MainMemory.BytesPerSecond.Value));
            }
            catch (PlanningException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2999);
    }

    [Fact]
    public void What_is_written_reads_back_the_same()
    {
        JsonObject written = DeviceJson.Of(DeviceCatalogue.BuiltIn.Devices);
        List<DeviceSpec> read = DeviceFile.Parse("written", "built in", Encoding.UTF8.GetBytes(written.ToJsonString()));
        Assert.Equal(written.ToJsonString(), DeviceJson.Of(read).ToJsonString());
        Assert.Equal(DeviceCatalogue.BuiltIn.Devices.Select(device => (device.Id, device.Kind, device.SystemChips, device.Notes, device.Link)), read.Select(device => (device.Id, device.Kind, device.SystemChips, device.Notes, device.Link)));
    }

    static TemporaryFolder Folder(string json)
    {
        TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("mine.json"), json);
        return folder;
    }
}
