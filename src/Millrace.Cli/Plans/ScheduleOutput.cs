using System.Globalization;
using Millrace.Planning;
using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Costs.Wafer;
using Millrace.Planning.Plans;
using Spectre.Console;

namespace Millrace.Cli.Plans;

/// <summary>What each unit of each chip does, from cycle to cycle: machines that are scheduled before they run always take the same.</summary>
static class ScheduleOutput
{
    /// <summary>Writes the schedule of a step of decoding.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="plan">A plan that fits.</param>
    /// <param name="chip">The chip, or null for the first of each stage: the others of a stage do the same on their parts.</param>
    /// <exception cref="PlanningException">There is no such chip.</exception>
    public static void Write(Terminal terminal, Plan plan, int? chip)
    {
        int context = plan.Request.Input + plan.Request.Output / 2;
        if (plan.State!.Cost is WaferCost wafers)
        {
            terminal.Write(Wafers(wafers.Machine));
        }
        else if (plan.State.Cost is LpuCost { Machine: { } machine })
        {
            SramStep step = SramStep.Decode(context);
            IEnumerable<LpuScheduleRow> rows = chip is { } one ? machine.ScheduleOfChip(step, one) : Enumerable.Range(0, machine.Placement.Count).SelectMany(stage => machine.Schedule(step, stage));
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a token at depth {context:#,0}: {machine.Cycles(step):#,0} cycles, {Units.Time(machine.Cycles(step) / LpuChip.Hertz)}, the same every time"));
            terminal.Write(Rows(rows, machine));
        }
    }

    static Table Rows(IEnumerable<LpuScheduleRow> rows, LpuMachine machine)
    {
        int[] first = new int[machine.Placement.Count + 1];
        for (int i = 0; i < machine.Placement.Count; i++)
        {
            first[i + 1] = first[i] + (machine.Placement[i].Slots * machine.ChipsPerStage);
        }

        Table table = Tables.New(">stage", ">chips", "piece", "op", "unit", "does", ">from cycle", ">to");
        foreach (LpuScheduleRow row in rows)
        {
            table.Add(
                Number(row.Stage),
                $"{Number(first[row.Stage])} to {Number(first[row.Stage + 1] - 1)}",
                row.Piece,
                row.Instruction.Op,
                row.Instruction.Unit.ToString().ToUpperInvariant(),
                row.Instruction.Does,
                Number(row.From),
                Number(row.To));
        }

        return table;
    }

    static Table Wafers(WaferMachine machine)
    {
        Table table = Tables.New(">wafers", "from", "to", ">weights", ">KV of a token");
        int wafer = 0;
        foreach (Stage stage in machine.Placement)
        {
            string number = stage.Slots == 1 ? Number(wafer) : $"{Number(wafer)} to {Number(wafer + stage.Slots - 1)}";
            table.Add(number, machine.Pieces[stage.First].Name, machine.Pieces[stage.First + stage.Count - 1].Name, Tables.Bytes(stage.WeightBytes), Tables.Bytes(stage.KvBytesPerToken));
            wafer += stage.Slots;
        }

        return table;
    }

    static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
