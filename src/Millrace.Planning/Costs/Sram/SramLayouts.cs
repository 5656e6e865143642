using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Wafer;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Sram;

/// <summary>How a model is divided over SRAM machines: their memory decides, so there are few ways that make sense.</summary>
public static class SramLayouts
{
    /// <summary>Whether a device is one.</summary>
    public static bool Are(DeviceSpec device) => device.Kind is DeviceKind.Lpu or DeviceKind.Wafer;

    /// <summary>The divisions worth a look: the fewest chips that hold the model, and for LPUs as many as are fastest; with a number of chips, the fastest division of at most so many.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">The device.</param>
    /// <param name="chips">How many there are, or null for any number.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="PlanningException">The model does not fit; the message says what does.</exception>
    public static IReadOnlyList<Parallelism> Of(PlannedModel model, DeviceSpec device, int? chips, int context)
    {
        if (device.Kind == DeviceKind.Wafer)
        {
            WaferMachine fewest = WaferMachine.Place(model, new WaferChip(device), context);
            return chips is null || chips >= fewest.Wafers
                ? [new(1, chips ?? fewest.Wafers)]
                : throw Refused(model, device, chips.Value, context, fewest.Wafers);
        }

        LpuChip chip = new(device);
        if (chips is { } count)
        {
            return [Division(LpuPlacement.Within(model, chip, count, context))];
        }

        return [.. new[] { Division(LpuPlacement.Fewest(model, chip, context)), Division(LpuPlacement.Usual(model, chip, context)) }.Distinct()];
    }

    /// <summary>The division of so many chips, or of as many as are usual, for a figure that says no more.</summary>
    /// <param name="model">The model.</param>
    /// <param name="device">The device.</param>
    /// <param name="chips">How many there are, or null for any number.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="PlanningException">The model does not fit; the message says what does.</exception>
    public static Parallelism Usual(PlannedModel model, DeviceSpec device, int? chips = null, int context = LpuPlacement.UsualContext) => Of(model, device, chips, context)[^1];

    /// <summary>The reason where so many chips hold too little.</summary>
    internal static PlanningException Refused(PlannedModel model, DeviceSpec device, int chips, int context, int needed) =>
        new($"{model.Name} ({Units.Bytes(model.WeightBytes)}) and a sequence of {context} tokens do not fit {chips} × {device.Id} of {Units.Bytes(device.MainMemory.Bytes!.Value)}; {needed} would hold them");

    static Parallelism Division(LpuMachine machine) => new(machine.ChipsPerStage, machine.Chips / machine.ChipsPerStage);
}
