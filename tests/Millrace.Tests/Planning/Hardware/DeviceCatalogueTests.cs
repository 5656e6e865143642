using System.Text.Json;
using Millrace.Planning;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Hardware;

public class DeviceCatalogueTests
{
    static DeviceCatalogue Catalogue => DeviceCatalogue.BuiltIn;

    [Theory]
    [InlineData("h100")]
    [InlineData("h200")]
    [InlineData("b200")]
    [InlineData("gb200")]
    [InlineData("a100")]
    [InlineData("l40s")]
    [InlineData("mi300x")]
    [InlineData("mi325x")]
    [InlineData("groq-lpu")]
    [InlineData("wse-3")]
    [InlineData("tpu-v5e")]
    [InlineData("tpu-v5p")]
    [InlineData("tpu-v6e")]
    [InlineData("inferentia2")]
    [InlineData("trainium1")]
    [InlineData("trainium2")]
    [InlineData("apple-m4-max")]
    [InlineData("apple-neural-engine")]
    [InlineData("snapdragon-x-elite")]
    [InlineData("xeon-6980p")]
    [InlineData("epyc-9754")]
    [InlineData("ryzen-7950x")]
    [InlineData("core-i9-13900k")]
    public void Device_is_built_in(string id) => Assert.Equal(id, Catalogue.Find(id)?.Device.Id);

    [Fact]
    public void Every_figure_is_positive_and_has_a_source()
    {
        foreach (DeviceSpec device in Catalogue.Devices)
        {
            List<Figure?> figures =
            [
                .. device.Memory.SelectMany(level => new[] { level.Bytes, level.BytesPerSecond }), .. device.Peaks.Values, .. device.DollarsPerHour,
                device.Link?.BytesPerSecond, device.Link?.LatencySeconds, device.Link?.ScaleOutBytesPerSecond, device.Watts, device.WattsAllIn,
            ];
            Assert.All(figures.OfType<Figure>(), figure => Assert.True(double.IsFinite(figure.Value) && figure.Value > 0 && figure.Source.Length > 4, $"{device.Id}: {figure}"));
            Assert.All(figures.OfType<Figure>(), figure => Assert.True(figure.Source.Contains("://", StringComparison.Ordinal) || figure.Source is "general knowledge, not checked" or "derived" or "estimate", $"{device.Id}: {figure.Source}"));
            Assert.NotNull(device.Peak(NumberType.Fp4));
        }
    }

    [Theory]
    [InlineData("h100_sxm", "h100", null)]
    [InlineData("H100 80GB", "h100", null)]
    [InlineData("h100-80gb", "h100", null)]
    [InlineData("NVIDIA H100 80GB HBM3", "h100", null)]
    [InlineData("H100-SXM5-80GB", "h100", null)]
    [InlineData("DGX-H100_H100-SXM-80GBx8_TRT", "h100", 8)]
    [InlineData("8x H100 class cloud (best seen by Cerebras)", "h100", 8)]
    [InlineData("8 x NVIDIA H100", "h100", 8)]
    [InlineData("H100x4", "h100", 4)]
    [InlineData("H100 PCIe", "h100-pcie", null)]
    [InlineData("NVIDIA H100 NVL", "h100-nvl", null)]
    [InlineData("H200-SXM-141GBx8_TRT", "h200", 8)]
    [InlineData("H200-SXM-141GBx8_TRT_MaxQ", "h200", 8)]
    [InlineData("NVIDIA H200-SXM-141GB-CTS", "h200", null)]
    [InlineData("H200-SXM-141GB-CTSx1_TRT", "h200", 1)]
    [InlineData("GH200", "gh200", null)]
    [InlineData("NVIDIA GH200 Grace Hopper Superchip 144GB", "gh200-144gb", null)]
    [InlineData("GH200-GraceHopper-Superchip_GH200-144GB_aarch64x1_TRT", "gh200-144gb", 1)]
    [InlineData("GB200-NVL72_GB200-186GB_aarch64x4_TRT", "gb200", 4)]
    [InlineData("GB300-NVL72_GB300-288GB_aarch64x72_TRT", "gb300", 72)]
    [InlineData("NVIDIA B200-SXM-180GB", "b200", null)]
    [InlineData("a100-80gb", "a100", null)]
    [InlineData("NVIDIA A100-SXM4-80GB", "a100", null)]
    [InlineData("NVIDIA A100-SXM4-40GB", "a100-40gb", null)]
    [InlineData("A100 PCIe 80GB", "a100-pcie", null)]
    [InlineData("NVIDIA GeForce RTX 4090", "rtx-4090", null)]
    [InlineData("RTX4090", "rtx-4090", null)]
    [InlineData("2x geforce_rtx4090", "rtx-4090", 2)]
    [InlineData("NVIDIA GB10 (DGX Spark)", "gb10", null)]
    [InlineData("mi300x", "mi300x", null)]
    [InlineData("8xMI300X_2xEPYC_9575F", "mi300x", 8)]
    [InlineData("8xMI300X_2xEPYC_9754", "mi300x", 8)]
    [InlineData("MI300Xx8", "mi300x", 8)]
    [InlineData("XE9680_MI300X_192GBx8", "mi300x", 8)]
    [InlineData("AMD Instinct MI300X-NPS1-SPX-192GB-750W", "mi300x", null)]
    [InlineData("8xMI325X_2xEPYC_9575F_2", "mi325x", 8)]
    [InlineData("Groq LPU cloud", "groq-lpu", null)]
    [InlineData("GroqChip v1 cluster (576 chips per public discussion)", "groq-lpu", 576)]
    [InlineData("Cerebras CS-3 (WSE-3)", "wse-3", null)]
    [InlineData("WSE3", "wse-3", null)]
    [InlineData("TPU v6e (Trillium)", "tpu-v6e", null)]
    [InlineData("v6e-8", "tpu-v6e", 8)]
    [InlineData("TPU v7x (Ironwood)", "tpu-v7x", null)]
    [InlineData("inf2.48xlarge", "inferentia2", null)]
    [InlineData("AWS Trainium2", "trainium2", null)]
    [InlineData("Apple M1 7-core GPU 8GB", "apple-m1", null)]
    [InlineData("Apple M1 Max 32-core GPU 64GB", "apple-m1-max", null)]
    [InlineData("Apple M2 Ultra", "apple-m2-ultra", null)]
    [InlineData("Apple M2 Pro 16GB", "apple-m2-pro", null)]
    [InlineData("L40", "l40", null)]
    [InlineData("NVIDIA L4", "l4", null)]
    [InlineData("4x A10G (g5.12xlarge)", "a10", 4)]
    [InlineData("8xMI355X", "mi355x", 8)]
    [InlineData("HGX H20", "h20", null)]
    [InlineData("Apple M2 Max CPU (NEON)", "apple-m2-max-cpu", null)]
    [InlineData("Apple M4 Max Neural Engine (ANEMLL)", "apple-neural-engine", null)]
    [InlineData("Snapdragon 8 Elite Gen 5 Hexagon NPU", "snapdragon-8-elite-gen-5", null)]
    [InlineData("Snapdragon 8 Elite Hexagon NPU", "snapdragon-8-elite", null)]
    [InlineData("Snapdragon 8 Gen 3 (Galaxy S24) Hexagon NPU", "snapdragon-8-gen-3", null)]
    [InlineData("1-node-4x-BMG-Pro-B60-Dual", "arc-pro-b60-dual", 4)]
    [InlineData("[MAXSUN] MS-Intel Arc Pro B60 Dual 48G Turbo", "arc-pro-b60-dual", null)]
    [InlineData("Intel Arc Pro B60", "arc-pro-b60", null)]
    [InlineData("1-node-2S-GNR_128C", "xeon-6980p", 2)]
    [InlineData("CPU INTEL(R) XEON(R) 6787P x2", "xeon-6787p", 2)]
    [InlineData("Xeon Sapphire Rapids (GCP c3-highcpu-44)", "xeon-sapphire-rapids", null)]
    [InlineData("AMD Ryzen 7950X (AVX2/Zen4)", "ryzen-7950x", null)]
    [InlineData("Intel i9-13900K DDR5-6400", "core-i9-13900k", null)]
    public void Spelling_names_a_device_and_its_chips(string spelling, string id, int? chips)
    {
        DeviceMatch? match = Catalogue.Find(spelling);
        Assert.Equal((id, chips), (match?.Device.Id, match?.Chips));
    }

    // Tables list the devices of a mixed system with commas.
    static List<DeviceMatch> FindAll(string spelling) => [.. spelling.Split(',').Select(Catalogue.Find).OfType<DeviceMatch>()];

    [Fact]
    public void Mixed_system_is_all_its_devices() => Assert.Equal(
        [("mi300x", 32), ("mi325x", 16)],
        FindAll("AMD Instinct MI300X 192GB HBM3 (x32), AMD Instinct MI325X 256GB HBM3e (x16)").Select(match => (match.Device.Id, match.Chips)));

    [Theory]
    [InlineData("")]
    [InlineData("H1000")]
    [InlineData("abacus 9000")]
    [InlineData("8x")]
    [InlineData("\u001b[2J")]
    public void Unknown_device_is_none(string spelling) => Assert.Null(Catalogue.Find(spelling));

    [Theory]
    [InlineData("mi30x", "mi300x")]
    [InlineData("h30", "h20")]
    [InlineData("inferentia", "inferentia2")]
    public void Unknown_device_lists_near_names(string spelling, string near)
    {
        Assert.Contains(near, Catalogue.Near(spelling));
        PlanningException problem = Assert.Throws<PlanningException>(() => Catalogue.Get(spelling));
        Assert.Contains(near, problem.Message, StringComparison.Ordinal);
        Assert.Contains($"found {spelling}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Very_long_spelling_is_searched_in_no_time() => Assert.Null(Catalogue.Find(new string('8', 10_000_000)));

    [Fact]
    public void Published_rows_name_devices_and_the_chips_that_they_count()
    {
        using JsonDocument rows = JsonDocument.Parse(File.ReadAllText(SharedData.Require("data", "published.json")));
        Assert.All(rows.RootElement.EnumerateArray(), row =>
        {
            string spelling = row.GetProperty("device").GetString()!;
            List<DeviceMatch> matches = FindAll(spelling);
            Assert.True(matches.Count > 0, spelling);

            // A row counts a server of processors as one.
            if (row.GetProperty("count").ValueKind == JsonValueKind.Number && matches.All(match => match.Chips is not null && match.Device.Kind != DeviceKind.Cpu))
            {
                Assert.Equal(row.GetProperty("count").GetInt32(), matches.Sum(match => match.Chips));
            }
        });
    }

    [Fact]
    public void Type_without_units_of_its_own_runs_at_the_rate_of_what_it_is_widened_to()
    {
        DeviceSpec a100 = Catalogue.Get("a100");
        Assert.Equal(a100.Peaks[NumberType.Bf16], a100.Peak(NumberType.Fp8));
        Assert.Equal(a100.Peaks[NumberType.Int8], a100.Peak(NumberType.Int8));
        Assert.Equal(a100.Peaks[NumberType.Bf16], a100.Peak(NumberType.Int4));
        Assert.Equal(Catalogue.Get("h100").Peaks[NumberType.Fp8], Catalogue.Get("h100").Peak(NumberType.Fp4));
    }

    [Fact]
    public void This_machine_is_measured()
    {
        DeviceSpec here = DeviceCatalogue.Here(1);
        Assert.Equal("here", here.Id);
        Assert.InRange(here.MainMemory.BytesPerSecond!.Value, 1e8, 1e13);
        Assert.InRange(here.Peak(NumberType.Fp16)!.Value, 1e8, 1e14);
        Assert.Equal("measured here", here.MainMemory.BytesPerSecond.Source);
    }
}
