using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs;

/// <summary>Reads what a row ran from its texts; what a row leaves open becomes what is usual.</summary>
/// <param name="devices">The devices that rows may name.</param>
sealed partial class ScenarioReader(DeviceCatalogue devices)
{
    const int MostClients = 1024, MostChips = 1 << 16, MostTokens = 1 << 20;

    // Mean tokens of prompts and answers of benchmarks whose tables give at most the answers' (MLCommons' data sets: OpenOrca, CNN/DailyMail, LongBench and others).
    static readonly (string Model, int Input, int Output)[] DataSets =
    [
        ("llama2-70b", 294, 294), ("llama3.1-405b", 9428, 684), ("llama3.1-8b", 778, 128), ("mixtral", 227, 145), ("gptj", 778, 69), ("deepseek-r1", 800, 3880), ("", 512, 128),
    ];

    readonly ConcurrentDictionary<(PlannedModel Model, DeviceSpec Device, int? Chips, string Month), ICostModel> _machines = new();

    /// <summary>Reads a row.</summary>
    /// <exception cref="PlanningException">It names no device or no model that is known, or numbers that nothing can have.</exception>
    public Scenario Read(PointRow row)
    {
        DeviceMatch match = devices.Find(row.Device) ?? throw new PlanningException("device", "", "a known device", row.Device.Length == 0 ? "no name" : row.Device);
        CatalogueModel shape = ModelCatalogue.FindOrGuess(row.Model, row.Parameters) ?? throw new PlanningException("model", "", "a known model, or one whose size is stated", row.Model.Length == 0 ? "no name" : row.Model);
        string engine = EngineName.Of(row.Framework);
        Precision precision = PrecisionOf(row, match.Device, engine);
        PlannedModel model = PlannedModel.Of(shape, precision);
        ICostModel? sram = SramLayouts.Are(match.Device) ? Sram(row, match, model) : null;
        (Parallelism parallel, int replicas) = sram is null ? Divide(row, match, model) : (OfSram(sram), 1);
        Deployment deployment = new(model, match.Device, parallel, engine);
        string protocol = ProtocolOf(row, engine);
        return new Scenario
        {
            Deployment = deployment,
            Replicas = replicas,
            Load = LoadOf(row, engine, protocol, replicas),
            Metric = row.Metric,
            Protocol = protocol,
            Precision = (row.Precision ?? "").Contains("block", StringComparison.OrdinalIgnoreCase) ? $"{precision.Name}-block" : precision.Name,
            Version = $"{row.Framework} {row.Date}",
            Sram = sram,
        };
    }

    // Submissions to MLPerf of v4.1 are tagged 16 bits though they ran in 8, or 4 where there is hardware for it.
    static Precision PrecisionOf(PointRow row, DeviceSpec device, string engine)
    {
        bool four = device.Peaks.ContainsKey(NumberType.Fp4);
        string text = row.Precision ?? "";
        if (engine == "mlperf" && device.Vendor == "NVIDIA" && (text.Contains("16", StringComparison.Ordinal) || text.Contains("see", StringComparison.Ordinal)))
        {
            text = four ? "nvfp4" : "fp8";
        }

        Precision precision = Precision.Parse(text, row.Model);
        if (device.Kind == DeviceKind.Wafer && precision.Guess is not null)
        {
            return Precision.Fp16; // what the service says of all its models
        }

        bool small = precision.Weights is NumberType.Fp8 or NumberType.Fp4 && !row.Model.Contains("gpt-oss", StringComparison.OrdinalIgnoreCase);
        return small && EngineName.ShrinksKv(engine) ? precision with { Kv = NumberType.Fp8 } : precision;
    }

    // Machines are made once for many rows; of wafers, those of a month have its software.
    ICostModel Sram(PointRow row, DeviceMatch match, PlannedModel model)
    {
        int? stated = Whole(row.Count, MostChips, "count", 1) ?? match.Chips;
        string month = match.Device.Kind == DeviceKind.Wafer && row.Date is { Length: >= 7 } date ? date[..7] : "";
        return _machines.GetOrAdd((model, match.Device, stated, month), static key => SramCosts.Of(new(key.Model, key.Device, SramLayouts.Usual(key.Model, key.Device, key.Chips), key.Month)));
    }

    // As many groups as layers at most: embedding and head have chips of their own.
    static Parallelism OfSram(ICostModel cost) => cost.Deployment.Parallel with { Pipeline = Math.Min(cost.Deployment.Parallel.Pipeline, cost.Deployment.Model.Layers) };

    static (Parallelism Parallel, int Replicas) Divide(PointRow row, DeviceMatch match, ModelWork model)
    {
        string text = row.Parallelism ?? "";
        int? stated = Whole(row.Count, MostChips, "count", 1) ?? match.Chips;
        if (text.Contains("layer split", StringComparison.OrdinalIgnoreCase))
        {
            return (new Parallelism(1, Math.Min(stated ?? 1, model.Layers)), 1);
        }

        int tensor = Part(text, Tensor()), expert = Math.Max(1, Part(text, Expert())), pipeline = Math.Min(model.Layers, Math.Max(1, Part(text, Pipeline())));
        if (text.Contains("core", StringComparison.OrdinalIgnoreCase))
        {
            tensor = Math.Max(1, (stated ?? tensor) / Math.Max(1, Part(text, Data()))); // cores of chips that hold several
        }
        else if (AttentionData().IsMatch(text) && Part(text, AttentionData()) > 1)
        {
            tensor = expert; // attention is not divided, experts are
        }
        else if (expert > 1 && tensor == expert * expert)
        {
            (tensor, stated) = (expert, expert); // tables that multiply both though the same chips do both
        }

        if (tensor == 0)
        {
            tensor = Smallest(match.Device, model, stated);
        }

        Parallelism parallel = new(tensor, pipeline, Math.Min(expert, tensor));
        return (parallel, Math.Max(1, (stated ?? parallel.Chips) / parallel.Chips));
    }

    // The fewest chips whose memory holds the weights and a third as much again.
    static int Smallest(DeviceSpec device, ModelWork model, int? stated)
    {
        int most = stated ?? 64, chips = 1;
        while (chips < most && model.WeightBytes * 1.35 > chips * 0.9 * DataSheet.Capacity(device))
        {
            chips *= 2;
        }

        return Math.Min(chips, most);
    }

    static string ProtocolOf(PointRow row, string engine)
    {
        string batch = (row.Batch ?? "").ToLowerInvariant(), framework = (row.Framework ?? "").ToLowerInvariant(), device = row.Device.ToLowerInvariant();
        bool random = row.Input is 1024 or 8192 && row.Output is 1024 or 8192;
        return engine == "mlperf" ? batch.Contains("offline", StringComparison.Ordinal) ? "offline" : batch.Contains("interactive", StringComparison.Ordinal) || framework.Contains("interactive", StringComparison.Ordinal) ? "interactive" : "server"
            : batch.StartsWith("max", StringComparison.Ordinal) ? "saturated"
            : framework.Contains("batched-bench", StringComparison.Ordinal) ? "batched"
            : engine is "vllm-2023" or "neuron" or "llama.cpp" or "ik_llama.cpp" or "qnn" || framework.Contains("tensorrt-llm 0.", StringComparison.Ordinal) || framework.Contains("nightly", StringComparison.Ordinal) || row.Metric.Contains("e2e", StringComparison.OrdinalIgnoreCase) ? "batch"
            : random ? "random"
            : engine == "nim" ? "nim"
            : device.EndsWith("_sxm", StringComparison.Ordinal) || device == "gb200" ? "fixed"
            : "clients";
    }

    static ServingLoad LoadOf(PointRow row, string engine, string protocol, int replicas)
    {
        (int inputOf, int outputOf) = DataSets.Where(set => row.Model.Contains(set.Model, StringComparison.OrdinalIgnoreCase)).Select(static set => (set.Input, set.Output)).First();
        int input = Math.Max(1, Whole(row.Input, MostTokens, "input_len") ?? inputOf);
        int output = Math.Max(1, Whole(row.Output, MostTokens, "output_len") ?? outputOf);
        double? number = double.TryParse(row.Batch, NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : Named().Match(row.Batch ?? "") is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        int? clients = Whole(number, 1 << 20, "batch_or_concurrency") is { } whole ? Math.Max(1, (whole + replicas - 1) / replicas) : null;
        double reserve = EngineName.Reserves(engine) ? 1 : 0.6;
        ServingLoad load = new(LoadKind.Clients, Math.Min(clients ?? 1, 4 * MostClients), input, output) { Reserve = reserve };
        if (Completed().Match(row.Batch ?? "") is { Success: true } rate)
        {
            return load with { Kind = LoadKind.Rate, Clients = MostClients, TokensPerSecond = double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture) / replicas, Waves = 4 };
        }

        return protocol switch
        {
            "batch" or "batched" => load with { Kind = LoadKind.Batch, Waves = 1 },
            "offline" or "saturated" or "server" or "interactive" => load with { Kind = LoadKind.Saturated, Clients = clients ?? MostClients, Waves = 3 },
            "random" => load with { LeastPart = 0.8, Waves = 10 },
            _ => load,
        };
    }

    static int Part(string text, Regex pattern) => pattern.Match(text) is { Success: true } match && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostChips ? number : 0;

    // Tables have lengths as means, with digits behind the point; a whole number that is out of range is no length.
    static int? Whole(double? number, int most, string field, int least = 0) => number switch
    {
        null => null,
        { } value when value >= least && value <= most => (int)Math.Round(value),
        _ => throw new PlanningException(field, "", $"a number from {least} to {most}", number.Value.ToString(CultureInfo.InvariantCulture)),
    };

    [GeneratedRegex(@"TP\s?(\d{1,5})", RegexOptions.IgnoreCase)]
    private static partial Regex Tensor();

    [GeneratedRegex(@"PP\s?(\d{1,5})", RegexOptions.IgnoreCase)]
    private static partial Regex Pipeline();

    [GeneratedRegex(@"(?<![A-Z])EP\s?(\d{1,5})", RegexOptions.IgnoreCase)]
    private static partial Regex Expert();

    [GeneratedRegex(@"(?<![A-Z])DP\s?(\d{1,5})", RegexOptions.IgnoreCase)]
    private static partial Regex Data();

    [GeneratedRegex(@"ADP\s?(\d{1,5})", RegexOptions.IgnoreCase)]
    private static partial Regex AttentionData();

    [GeneratedRegex(@"max_num_seqs\s+(\d{1,6})", RegexOptions.IgnoreCase)]
    private static partial Regex Named();

    [GeneratedRegex(@"completed\s+(\d{1,12}(?:\.\d{1,6})?)\s+tok/s", RegexOptions.IgnoreCase)]
    private static partial Regex Completed();
}
