using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Plans;

/// <summary>Finds, for a device, the replicas that a target is best reached with: how the model is divided, over how many chips, with how many users.</summary>
/// <param name="costs">Prices the steps of a deployment; it may refuse one with a <see cref="PlanningException"/>.</param>
public sealed class Planner(Func<Deployment, ICostModel> costs)
{
    /// <summary>The best plan of a device. A plan that misses the target is the one that comes nearest to it; a model that does not fit has none, and a reason.</summary>
    public Plan Best(DeviceSpec device, PlanRequest request)
    {
        Plan none = new() { Request = request, Device = device };
        if (DeviceChecks.WhyNot(device) is { } broken)
        {
            return none with { Reason = broken };
        }

        if (request.Draft is not null && SramLayouts.Are(device))
        {
            return none with { Reason = $"{device.Name}: a draft is not modelled there; what its own software drafts is in its times" };
        }

        List<Candidate> candidates = [];
        List<Refusal> refusals = [];
        IEnumerable<IEnumerable<Parallelism>> groups;
        try
        {
            groups = Layouts.Groups(device, request);
        }
        catch (PlanningException exception)
        {
            return none with { Reason = exception.Message };
        }

        foreach (IEnumerable<Parallelism> group in groups)
        {
            foreach (Parallelism parallel in group)
            {
                Consider(device, request, parallel, candidates, refusals);
            }

            // Where nothing but a batch is asked, the smallest machine that holds it is meant.
            if (candidates.Count > 0 && request.Count is null && request.Target.IsEmpty)
            {
                break;
            }
        }

        if (candidates.Count == 0)
        {
            Refusal nearest = refusals.Count > 0 ? refusals.OrderBy(static refusal => refusal.Memory.Missing).ThenByDescending(static refusal => refusal.Memory.KvCapacity).First() : new Refusal(Undivided(device, request), null!);
            return none with { Reason = nearest.Reason + Hint(device, request), Memory = nearest.Memory };
        }

        Candidate best = candidates.Min()!;
        return none with
        {
            State = best.State,
            Point = best.Point,
            Replicas = best.Replicas,
            Memory = Needs(best.State, device),
            Reason = best.Missed,
            Choices = [.. candidates.Where(other => other.Chips == best.Chips).Select(other => other.State)],
        };
    }

    /// <summary>The best plans of devices, the best first; those that miss the target, then those that do not fit, come last.</summary>
    public IReadOnlyList<Plan> Rank(IEnumerable<DeviceSpec> devices, PlanRequest request) => Rank(devices.Select(static device => (device, (int?)null)), request);

    /// <summary>The same with numbers of chips that go before the request's where they are known.</summary>
    public IReadOnlyList<Plan> Rank(IEnumerable<(DeviceSpec Device, int? Chips)> devices, PlanRequest request) =>
        [.. devices.Select(one => Best(one.Device, request with { Count = one.Chips ?? request.Count })).OrderBy(plan => plan.Fits ? plan.MeetsTarget ? 0 : 1 : 2).ThenBy(Score).ThenBy(static plan => plan.Point?.Tpot)];

    static double Score(Plan plan) => plan is { State: { } state, Point: { } point }
        ? Candidate.Score(state, point, plan.Replicas, plan.Request, plan.DollarsPerChipHour ?? double.PositiveInfinity, plan.Reason)
        : 0;

    void Consider(DeviceSpec device, PlanRequest request, Parallelism parallel, List<Candidate> candidates, List<Refusal> refusals)
    {
        SteadyState state;
        try
        {
            ICostModel? draft = request.Draft is { } small ? costs(new Deployment(small, device, parallel with { Expert = 1 }, request.Engine)) : null;
            state = new SteadyState(costs(new Deployment(request.Model, device, parallel, request.Engine)), request.Input, request.Output, draft, request.Speculation);
        }
        catch (PlanningException exception)
        {
            refusals.Add(new Refusal(exception.Message, new MemoryNeeds(parallel.Chips, 0, double.PositiveInfinity, 0, 0)));
            return;
        }

        MemoryNeeds needs = Needs(state, device);
        if (state.Capacity == 0)
        {
            refusals.Add(new Refusal(Unfit(device, request, needs), needs));
        }
        else if (Candidate.Of(state, request, Plan.PriceOf(device, request) ?? 1, out string refused) is { } candidate)
        {
            candidates.Add(candidate);
        }
        else
        {
            refusals.Add(new Refusal($"{device.Name}: {refused}", needs));
        }
    }

    static MemoryNeeds Needs(SteadyState state, DeviceSpec device)
    {
        Deployment deployment = state.Cost.Deployment;
        int chips = deployment.Parallel.Chips;
        double memory = (device.Memory[0].Bytes?.Value ?? double.NaN) * chips;
        return new MemoryNeeds(chips, state.WeightBytes, state.KvBytesOfSequence, memory, state.KvCapacityBytes);
    }

    static string Unfit(DeviceSpec device, PlanRequest request, MemoryNeeds needs) => Text(
        $"does not fit {needs.Chips} × {device.Name}: weights {Units.Bytes(needs.Weights)} and {Units.Bytes(needs.KvOfSequence)} of keys and values for one sequence of {request.Context} tokens, but {Units.Bytes(needs.Weights + needs.KvCapacity)} of its {Units.Bytes(needs.Memory)} are for them: {Units.Bytes(needs.Missing)} are missing");

    static string Undivided(DeviceSpec device, PlanRequest request)
    {
        (int tensor, int pipeline) = (request.Tensor ?? 1, request.Pipeline ?? 1);
        if (request.Count is { } count && count % (tensor * (long)pipeline) != 0)
        {
            return Text($"{count} × {device.Name} cannot be divided into replicas of {tensor * (long)pipeline} ({Layouts.Name(new Parallelism(tensor, pipeline))})");
        }

        string? reason = Layouts.WhyNot(new Parallelism(tensor, pipeline), device, request.Model);
        if (reason is null && request.Expert is { } expert)
        {
            reason = request.Model.Experts == 0
                ? Text($"{request.Model.Name} has no experts to spread over EP{expert}")
                : Text($"EP{expert} is neither 1 nor the number of tensor-parallel chips, or does not divide {request.Model.Experts} experts");
        }

        return Text($"no division of {request.Model.Name} over {device.Name}: {reason ?? "none is possible with so many chips"}");
    }

    // How many chips would do, where a number was asked for that does not.
    string Hint(DeviceSpec device, PlanRequest request)
    {
        if (request.Count is null)
        {
            return "";
        }

        Plan free = Best(device, request with { Count = null, Batch = 1, Tensor = null, Pipeline = null, Expert = null, Target = new PlanTarget() });
        return free.Fits && free.Chips > request.Count ? Text($"; {free.Chips} would hold it") : "";
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    sealed record Refusal(string Reason, MemoryNeeds Memory);
}
