using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Plans;

/// <summary>The ways to divide a model over chips of a device.</summary>
public static class Layouts
{
    const int MostSystems = 8;

    /// <summary>The divisions worth a look, those over as many chips together, from few chips to many.</summary>
    /// <exception cref="PlanningException">There is none.</exception>
    internal static IEnumerable<IEnumerable<Parallelism>> Groups(DeviceSpec device, PlanRequest request) =>
        SramLayouts.Are(device) ? Sram(device, request).Select(static parallel => new[] { parallel }) : Chips(device, request).Select(chips => Over(chips, device, request));

    // What they hold decides; more than one replica where the chips asked for are enough.
    static IEnumerable<Parallelism> Sram(DeviceSpec device, PlanRequest request)
    {
        if (request.Model is not PlannedModel model)
        {
            throw new PlanningException($"{device.Name}: {request.Model.Name} has no plan of ops, which a machine that places each op needs");
        }

        if (request.Tensor is { } tensor && request.Pipeline is { } pipeline)
        {
            return [new(tensor, pipeline)];
        }

        if (request.Tensor is not null || request.Pipeline is not null)
        {
            throw new PlanningException($"{device.Name}: --tp is the chips of a stage and --pp the stages: give both, or none");
        }

        if (request.Count is not { } count)
        {
            IReadOnlyList<Parallelism> ways = SramLayouts.Of(model, device, null, request.Context);
            return device.Kind == DeviceKind.Wafer ? [.. ways, .. ways.Select(static few => few with { Pipeline = 2 * few.Pipeline })] : ways;
        }

        // The fastest of so many chips, replicas of fewer, and of LPUs as many stages as there can be, which have the most room for users.
        IEnumerable<Parallelism> within = SramLayouts.Of(model, device, count, request.Context)
            .Concat(SramLayouts.Of(model, device, null, request.Context).Where(parallel => parallel.Chips <= count));
        IEnumerable<Parallelism> stages = device.Kind == DeviceKind.Lpu
            ? Enumerable.Range(1, Math.Min(count, 2 * LpuChip.NodeChips)).Select(chips => new Parallelism(chips, count / chips))
            : [];
        return within.Concat(stages).Distinct().OrderBy(static parallel => parallel.Chips);
    }

    // Chips that a replica may have: powers of two and whole systems, or what divides the count that was asked for.
    static IEnumerable<int> Chips(DeviceSpec device, PlanRequest request)
    {
        if (request.Count is { } count)
        {
            return Enumerable.Range(1, count).Where(chips => count % chips == 0);
        }

        int system = Math.Max(1, device.SystemChips);
        IEnumerable<int> parts = Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(chips => chips < system);
        IEnumerable<int> systems = Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(number => number <= MostSystems).Select(number => number * system);
        return parts.Concat(device.Link is null ? [1] : systems).Distinct();
    }

    /// <summary>The divisions over exactly so many chips.</summary>
    internal static IEnumerable<Parallelism> Over(int chips, DeviceSpec device, PlanRequest request)
    {
        for (int tensor = 1; tensor <= chips; tensor++)
        {
            Parallelism parallel = new(tensor, chips / tensor);
            if (chips % tensor == 0 && Asked(request.Tensor, tensor) && Asked(request.Pipeline, parallel.Pipeline) && WhyNot(parallel, device, request.Model) is null)
            {
                foreach (int expert in Experts(parallel, request))
                {
                    yield return parallel with { Expert = expert };
                }
            }
        }
    }

    /// <summary>Why a device cannot divide a model so, or null where it can.</summary>
    public static string? WhyNot(Parallelism parallel, DeviceSpec device, ModelWork model)
    {
        if (parallel.Chips > 1 && device.Link is null)
        {
            return $"{device.Name} has no link to others of its kind";
        }

        if (parallel.Tensor > 1 && device.Link is { } link && parallel.Tensor > Math.Max(1, link.DomainChips))
        {
            return Text($"TP{parallel.Tensor} is more than the {link.DomainChips} chips that {link.Kind} joins");
        }

        // Neuron pads heads; other engines split or copy them evenly.
        bool splits = model.KvHeads % parallel.Tensor == 0 || parallel.Tensor % model.KvHeads == 0 || (device.Kind == DeviceKind.Systolic && parallel.Tensor > model.KvHeads);
        if (!splits)
        {
            return Text($"TP{parallel.Tensor} neither divides the model's {model.KvHeads} KV heads nor is a multiple of them");
        }

        return parallel.Pipeline > model.Layers ? Text($"PP{parallel.Pipeline} is more than the model's {model.Layers} layers") : null;
    }

    /// <summary>A division in words: TP4, TP8×PP2, TP8 EP8.</summary>
    public static string Name(Parallelism parallel) =>
        Text($"TP{parallel.Tensor}{(parallel.Pipeline > 1 ? Text($"×PP{parallel.Pipeline}") : "")}{(parallel.Expert > 1 ? Text($" EP{parallel.Expert}") : "")}");

    static IEnumerable<int> Experts(Parallelism parallel, PlanRequest request)
    {
        int experts = request.Model.Experts;
        int[] ways = experts == 0 || parallel.Tensor == 1 || experts % parallel.Tensor != 0 ? [1] : [1, parallel.Tensor];
        return ways.Where(expert => Asked(request.Expert, expert));
    }

    static bool Asked(int? asked, int value) => asked is null || asked == value;

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
