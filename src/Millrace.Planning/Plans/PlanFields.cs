using Millrace.Planning.Costs;

namespace Millrace.Planning.Plans;

/// <summary>A plan as named fields, always the same ones in the same order: what JSON and CSV print. A field without a value has a reason.</summary>
public sealed class PlanFields
{
    readonly List<(string Name, object? Value)> _fields = [];
    readonly Dictionary<string, string> _unknown = [];

    PlanFields(Plan plan)
    {
        AddRequest(plan);
        AddMemory(plan);
        AddSpeed(plan);
        AddDraft(plan);
        AddPrice(plan);
        AddBound(plan);
    }

    /// <summary>The fields: texts, numbers (<see cref="double"/>, <see cref="long"/>), truths or null.</summary>
    public IReadOnlyList<(string Name, object? Value)> Fields => _fields;

    /// <summary>Why fields have no value, by their names.</summary>
    public IReadOnlyDictionary<string, string> Unknown => _unknown;

    /// <summary>The fields of a plan.</summary>
    public static PlanFields Of(Plan plan) => new(plan);

    void AddRequest(Plan plan)
    {
        PlanRequest request = plan.Request;
        string unfit = plan.Fits ? "" : "no plan: see reason";
        Add("model", request.Model.Name);
        Add("model_note", request.Note.Length > 0 ? request.Note : null, "nothing to note");
        Add("parameters", request.Model.Parameters);
        Add("active_parameters", request.Model.ActiveParameters);
        Add("weights", Word(request.Model.Weights));
        Add("kv", Word(request.Model.Kv));
        Add("device", plan.Device.Id);
        Add("device_name", plan.Device.Name);
        Add("engine", request.Engine.Length > 0 ? request.Engine : null, "the device's usual one");
        Add("input_tokens", (long)request.Input);
        Add("output_tokens", (long)request.Output);
        Add("target", request.Target.IsEmpty ? null : request.Target.ToString(), "none");
        Add("fits", plan.Fits);
        Add("meets_target", plan.MeetsTarget);
        Add("reason", plan.Reason, "all is well");
        Add("chips", plan.Chips > 0 ? (long)plan.Chips : null, unfit);
        Add("replicas", plan.Fits ? (long)plan.Replicas : null, unfit);
        Add("tensor_parallel", plan.Fits ? (long)plan.Parallel.Tensor : null, unfit);
        Add("pipeline_parallel", plan.Fits ? (long)plan.Parallel.Pipeline : null, unfit);
        Add("expert_parallel", plan.Fits ? (long)plan.Parallel.Expert : null, unfit);
        Add("batch", plan.Point is { } point ? (long)point.Batch : null, unfit);
        Add("users", plan.Fits ? plan.Users : null, unfit);
        Add("largest_batch", plan.State is { } state ? (long)state.Capacity : null, unfit);
    }

    void AddMemory(Plan plan)
    {
        MemoryNeeds? memory = plan.Memory;
        const string None = "no division was possible: see reason";
        Add("replica_chips", memory is null ? null : (long)memory.Chips, None);
        Add("weight_bytes", memory?.Weights ?? plan.Request.Model.WeightBytes);
        Add("kv_bytes_per_sequence", memory is { KvOfSequence: > 0 and < double.PositiveInfinity } ? memory.KvOfSequence : plan.Request.Model.KvBytes(plan.Request.Context));
        Add("memory_bytes", memory?.Memory, None);
        Add("kv_capacity_bytes", memory?.KvCapacity, None);
        Add("missing_bytes", memory?.Missing, None);
    }

    void AddSpeed(Plan plan)
    {
        string why = "no plan: see reason";
        Add("ttft_s", plan.Ttft, why);
        string unloaded = plan.Request.Draft is not null ? "not simulated: the scheduler decodes a token a step, without drafts" : plan.Fits ? "not simulated: too many tokens, or memory full of sequences of the mean length" : why;
        Add("ttft_loaded_p50_s", plan.LoadedTtft(50), unloaded);
        Add("ttft_loaded_p90_s", plan.LoadedTtft(90), unloaded);
        Add("tpot_s", plan.Tpot, why);
        Add("tokens_per_second_per_user", plan.TokensPerSecondPerUser, why);
        Add("tokens_per_second", plan.TokensPerSecond, why);
    }

    void AddDraft(Plan plan)
    {
        PlanRequest request = plan.Request;
        string why = request.Draft is null ? "no draft: --draft names one" : "no plan: see reason";
        Drafting? drafting = plan.Drafting;
        Add("draft", request.Draft?.Name, why);
        Add("draft_tokens", request.Draft is null ? null : (long)request.Speculation.Drafted, why);
        Add("acceptance", request.Draft is null ? null : request.Speculation.Acceptance, why);
        Add("tokens_per_round", request.Draft is null ? null : request.Speculation.ExpectedTokens, why);
        Add("tpot_without_draft_s", drafting?.Without, why);
        Add("least_acceptance", drafting?.LeastAcceptance, drafting is null ? why : "the draft pays with no acceptance");
    }

    void AddPrice(Plan plan)
    {
        string price = plan.Fits ? $"no public price of an hour of {plan.Device.Name} is known: give --price" : "no plan: see reason";
        Add("usd_per_chip_hour", plan.DollarsPerChipHour, $"no public price of an hour of {plan.Device.Name} is known: give --price");
        Add("usd_per_hour", plan.Fits ? plan.DollarsPerHour : null, price);
        Add("usd_per_million_input", plan.DollarsPerMillionInput, price);
        Add("usd_per_million_output", plan.DollarsPerMillionOutput, price);
        string power = plan.Fits ? $"no power of {plan.Device.Name} is known" : "no plan: see reason";
        Add("watts", plan.Watts, power);
        Add("joules_per_output_token", plan.JoulesPerToken, power);
    }

    void AddBound(Plan plan)
    {
        string why = "no plan: see reason";
        StepTime? step = plan.Point?.Step;
        Add("bound", step?.Bound, why);
        (string Name, double Part)[] parts = plan.Point is { } point ? Parts(point.Step) : [];
        foreach (string name in PartNames)
        {
            Add($"share_{name}", plan.Fits ? parts.First(part => part.Name == name).Part : null, why);
        }

        ErrorBand? error = plan.Error;
        Add("calibration", error?.Basis, why);
        Add("calibration_points", error is null ? null : (long)error.Points, why);
        Add("median_error", error?.Median, why);
    }

    /// <summary>The parts of a step, of their sum.</summary>
    public static (string Name, double Part)[] Parts(StepTime step)
    {
        double[] seconds = [step.Weights, step.Kv, step.Compute, step.Link, step.Fixed];
        double sum = seconds.Sum();
        return [.. PartNames.Zip(seconds, (name, part) => (name, sum > 0 ? part / sum : 0))];
    }

    static readonly string[] PartNames = ["weights", "kv", "compute", "link", "fixed"];

    void Add(string name, Estimate? estimate, string why)
    {
        Add(name, estimate?.Value, why);
        Add($"{name}_low", estimate?.Low, why);
        Add($"{name}_high", estimate?.High, why);
    }

    void Add(string name, object? value, string why = "")
    {
        bool isNumber = value is not double number || double.IsFinite(number);
        _fields.Add((name, isNumber ? value : null));
        if (value is null || !isNumber)
        {
            _unknown[name] = why;
        }
    }

    static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
