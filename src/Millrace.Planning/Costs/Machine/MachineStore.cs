using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning.Hardware;
using Millrace.Planning.Hardware.Machine;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>Keeps what was measured of this machine in a file, so that it is measured once: <c>machine.json</c> in Millrace's home folder. What was measured on another machine, with other threads or of other kernels is measured again; what was measured while others computed is not kept.</summary>
public static class MachineStore
{
    const string FileName = "machine.json";
    const double QuietShare = 0.9; // a tenth of the processors' time is as much as predictions are off

    /// <summary>The cost of a model here.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">This machine; null where only times are wanted.</param>
    /// <param name="kv">How keys and values are kept.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="home">Millrace's home folder; null keeps nothing.</param>
    /// <param name="progress">Told what is measured; null where nothing may be measured now.</param>
    /// <returns>The cost, or null where something is missing that may not be measured now.</returns>
    /// <exception cref="PlanningException">The model has weights in a type that cannot be measured.</exception>
    public static MachineCost? Cost(PlannedModel model, DeviceSpec? device, KvType kv, int threads, string? home, Action<string>? progress)
    {
        IReadOnlyList<ProductShape> products = model.Profile.Products;
        if (products.FirstOrDefault(static product => !product.Type.IsGguf) is { } other)
        {
            throw new PlanningException($"{other.Type.GgufName} weights are not measured on this machine: name a precision of GGUF files");
        }

        MachineCoefficients? known = home is null ? null : Read(home, threads);
        if (progress is null && !(known is not null && known.Knows(kv) && products.All(known.Knows)))
        {
            return null;
        }

        MachineCoefficients measured = MachineProbe.Measure(products, kv, threads, known, progress);
        if (home is not null && measured != known)
        {
            Keep(home, measured, progress!);
        }

        return new MachineCost(new Deployment(model, device ?? Unmeasured, new Parallelism(1), "millrace"), model, measured, kv, Band);
    }

    /// <summary>Keeps what was measured, unless others computed meanwhile: then it says so.</summary>
    internal static void Keep(string home, MachineCoefficients measured, Action<string> progress)
    {
        if (measured.ProcessorShare < QuietShare)
        {
            progress($"others took {Units.Percent(1 - measured.ProcessorShare)} of the processors' time meanwhile, so that predictions are of this moment and nothing is kept: measure again when the machine is quiet");
            return;
        }

        Write(home, measured);
    }

    internal static DeviceSpec Unmeasured { get; } = new()
    {
        Id = DeviceCatalogue.HereId, Name = "this machine", Vendor = "", Kind = DeviceKind.Cpu, Peaks = new Dictionary<NumberType, Figure>(),
        Memory = [new MemoryLevel("DRAM", new Figure(Limits.TotalMemory, "measured here"), null)],
    };

    /// <summary>The error that the comparison of <c>bench twin</c> found with two threads on a quiet machine, a median of 6.8 % and a 90th percentile of 15.3 % to either side; see docs/planning.md.</summary>
    internal static ErrorBand Band { get; } = new("measured here; error of bench twin on a quiet machine", 54, 0.068, 1 / 1.153, 1 / (1 - 0.153));

    internal static MachineCoefficients? Read(string home, int threads)
    {
        string path = Path.Combine(home, FileName);
        try
        {
            JsonNode? root = File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path)) : null;
            if (root is null || (string?)root["machine"] != MachineProbe.Identity(threads))
            {
                return null;
            }

            return new MachineCoefficients(
                (string)root["machine"]!, threads, Number(root["step"]), Number(root["op"]),
                [.. root["products"]!.AsArray().Select(static node => new ProductRate(
                    Type(node), (int)node!["width"]!, Rates(node["seconds_per_byte"], MachineCoefficients.Tokens.Count)))],
                [.. root["heads"]!.AsArray().Select(static node => new HeadRate(Type(node), Rates(node!["seconds_per_byte"], HeadCounts)))],
                [.. root["attention"]!.AsArray().Select(static node => new AttentionRate(
                    Enum.Parse<KvType>((string)node!["kv"]!), (int)node["head_dim"]!, (int)node["rows"]!, Rates(node["seconds_per_key"], MachineCoefficients.CacheBytes.Count), Number(node["seconds_per_piece"])))]);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            return null; // damaged: it is measured again
        }
    }

    internal static void Write(string home, MachineCoefficients machine)
    {
        JsonObject root = new()
        {
            ["machine"] = machine.Machine,
            ["step"] = machine.SecondsPerStep,
            ["op"] = machine.SecondsPerOp,
            ["products"] = new JsonArray([.. machine.Products.Select(static rate => new JsonObject
            {
                ["type"] = rate.Type.GgufName,
                ["width"] = rate.Width,
                ["seconds_per_byte"] = Array(rate.SecondsPerByte),
            })]),
            ["heads"] = new JsonArray([.. machine.Heads.Select(static rate => new JsonObject
            {
                ["type"] = rate.Type.GgufName,
                ["seconds_per_byte"] = Array(rate.SecondsPerByte),
            })]),
            ["attention"] = new JsonArray([.. machine.Attention.Select(static rate => new JsonObject
            {
                ["kv"] = rate.Kv.ToString(),
                ["head_dim"] = rate.HeadDim,
                ["rows"] = rate.Rows,
                ["seconds_per_key"] = Array(rate.SecondsPerKey),
                ["seconds_per_piece"] = rate.SecondsPerPiece,
            })]),
        };
        Directory.CreateDirectory(home);
        string path = Path.Combine(home, FileName);
        string partial = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}");
        File.WriteAllText(partial, root.ToJsonString());
        File.Move(partial, path, overwrite: true);
    }

    static int HeadCounts { get; } = MachineCoefficients.Tokens.Count(static rows => rows <= MachineCost.HeadRows);

    static WeightType Type(JsonNode? node) => WeightTypes.TryParse((string)node!["type"]!, out WeightType type) ? type : throw new FormatException();

    static JsonArray Array(IReadOnlyList<double> rates) => new([.. rates.Select(static seconds => JsonValue.Create(seconds))]);

    static double[] Rates(JsonNode? node, int count) => node!.AsArray() is { } array && array.Count == count
        ? [.. array.Select(static each => Number(each))]
        : throw new FormatException();

    static double Number(JsonNode? node) => (double)node! is var value && double.IsFinite(value) && value >= 0 ? value : throw new FormatException();
}
