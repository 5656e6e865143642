using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Simulation;

namespace Millrace.Planning.Plans;

/// <summary>What a model needs of the memory that it is divided over, and what there is.</summary>
/// <param name="Chips">Chips of the replica.</param>
/// <param name="Weights">Bytes of all weights.</param>
/// <param name="KvOfSequence">Bytes of keys and values of one sequence at its full length.</param>
/// <param name="Memory">Bytes of the chips' memory in all.</param>
/// <param name="KvCapacity">Bytes left for keys and values; negative where the weights do not fit.</param>
public sealed record MemoryNeeds(int Chips, double Weights, double KvOfSequence, double Memory, double KvCapacity)
{
    /// <summary>Bytes that one sequence lacks; 0 where it fits.</summary>
    public double Missing => Math.Max(0, KvOfSequence - KvCapacity);
}

/// <summary>The best that a device makes of a request, or why it makes nothing of it.</summary>
public sealed record Plan
{
    /// <summary>What was asked.</summary>
    public required PlanRequest Request { get; init; }

    /// <summary>The device.</summary>
    public required DeviceSpec Device { get; init; }

    /// <summary>Why there is no plan, or which target it misses; null where all is well.</summary>
    public string? Reason { get; init; }

    /// <summary>The memory of a replica: the plan's, or of the division that came nearest; null where none was possible at all.</summary>
    public MemoryNeeds? Memory { get; init; }

    /// <summary>The replica that was chosen; null where nothing fits.</summary>
    public SteadyState? State { get; init; }

    /// <summary>How each replica runs; null where nothing fits.</summary>
    public OperatingPoint? Point { get; init; }

    /// <summary>Replicas.</summary>
    public int Replicas { get; init; }

    /// <summary>What the users of a replica see who wait for each other, from the live scheduler on a virtual clock; null where it was not simulated.</summary>
    public ClosedLoopResult? Loaded { get; init; }

    /// <summary>All replicas that were possible with so many chips, the chosen one among them.</summary>
    public IReadOnlyList<SteadyState> Choices { get; init; } = [];

    /// <summary>Sequences at once on all replicas.</summary>
    public long Users => (long)Replicas * (Point?.Batch ?? 0);

    /// <summary>Whether the model runs at all.</summary>
    public bool Fits => Point is not null;

    /// <summary>Whether it runs as the target asks.</summary>
    public bool MeetsTarget => Fits && Reason is null;

    /// <summary>How the model is divided; only where it fits.</summary>
    public Parallelism Parallel => State?.Cost.Deployment.Parallel ?? default;

    /// <summary>Chips in all.</summary>
    public int Chips => Fits ? Parallel.Chips * Replicas : Request.Count ?? Memory?.Chips ?? 0;

    /// <summary>US dollars per hour and chip; null unknown.</summary>
    public double? DollarsPerChipHour => PriceOf(Device, Request);

    /// <summary>US dollars per hour of all chips; null unknown.</summary>
    public double? DollarsPerHour => DollarsPerChipHour * Chips;

    /// <summary>How far its figures may be off; null where it does not fit.</summary>
    public ErrorBand? Error => State?.Cost.Error;

    /// <summary>Seconds to the first token of a prompt alone.</summary>
    public Estimate? Ttft => Time(Point?.Ttft);

    /// <summary>Seconds from token to token.</summary>
    public Estimate? Tpot => Time(Point?.Tpot);

    /// <summary>Tokens in a second that each user gets.</summary>
    public Estimate? TokensPerSecondPerUser => Rate(1 / Point?.Tpot);

    /// <summary>Output tokens in a second of all users.</summary>
    public Estimate? TokensPerSecond => Rate(Point?.TokensPerSecond * Replicas);

    /// <summary>US dollars of a million input tokens: they pay for the part of the machine's time that prompts take. Null where the price is unknown.</summary>
    public Estimate? DollarsPerMillionInput => Time(Dollars?.Input);

    /// <summary>US dollars of a million output tokens: they pay for the rest. Null where the price is unknown.</summary>
    public Estimate? DollarsPerMillionOutput => Time(Dollars?.Output);

    /// <summary>Average power of all chips in watts; null unknown.</summary>
    public double? Watts => Point is { } point && double.IsFinite(point.Watts) ? point.Watts * Replicas : null;

    /// <summary>Joules of an output token, with its part of the prompt; null unknown.</summary>
    public Estimate? JoulesPerToken => Time(Watts / (Point?.TokensPerSecond * Replicas));

    /// <summary>What the draft makes of it; null without one.</summary>
    public Drafting? Drafting => Point is { } point ? State?.Drafting(point.Batch) : null;

    (double Input, double Output)? Dollars => DollarsPerChipHour is { } price && State is { } state && Point is { } point ? Split(price * Parallel.Chips, point, state) : null;

    /// <summary>A percentile of the simulated times to the first token; null where it was not simulated.</summary>
    public Estimate? LoadedTtft(double percent) => Time(Loaded?.Ttft.Percentile(percent));

    /// <summary>The plan with its load simulated, where that takes no longer than a second or so, nothing is drafted and memory has room for longer prompts than the mean.</summary>
    public Plan Simulated()
    {
        const double MostTokens = 5e6; // of answers in all
        if (Point is not { } point || State is not { } state || Request.Draft is not null || (double)SteadyState.Simulated(point.Batch) * state.Output > MostTokens)
        {
            return this;
        }

        try
        {
            return this with { Loaded = state.Simulate(point.Batch) };
        }
        catch (PlanningException)
        {
            return this;
        }
    }

    Estimate? Time(double? value) => value is { } known && Error is { } error ? Estimate.Of(known, error) : null;

    Estimate? Rate(double? value) => value is { } known && Error is { } error ? Estimate.OfRate(known, error) : null;

    /// <summary>The price of a chip's hour.</summary>
    internal static double? PriceOf(DeviceSpec device, PlanRequest request) => request.DollarsPerHour ?? (device.DollarsPerHour.Count > 0 ? device.DollarsPerHour[0].Value : null);

    /// <summary>Divides a replica's price between the tokens that it reads and those that it writes.</summary>
    internal static (double Input, double Output) Split(double dollarsPerHour, OperatingPoint point, SteadyState state)
    {
        double each = dollarsPerHour / 3600 * 1e6 / point.TokensPerSecond;
        return (each * point.PrefillPart * state.Output / state.Input, each * (1 - point.PrefillPart));
    }
}
