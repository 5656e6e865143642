using Millrace.Planning.Costs.Lpu;
using Millrace.Planning.Costs.Sram;

namespace Millrace.Tests.Planning.Costs;

public class LpuScheduleTests
{
    static readonly LpuChip Chip = new(SramModels.Lpu);

    [Theory]
    [InlineData("llama-3-8b", 1, 34)]
    [InlineData("llama-3-8b", 8, 12)]
    [InlineData("mixtral-8x7b", 8, 34)]
    [InlineData("gpt-oss-20b", 3, 20)]
    [InlineData("deepseek-v2-lite", 4, 29)]
    public void A_step_takes_the_same_cycles_every_time(string name, int chips, int stages)
    {
        SramStep step = SramStep.Decode(700, 2);
        LpuMachine machine = new(SramModels.Of(name), Chip, chips, stages);
        long cycles = machine.Cycles(step);
        Assert.Equal(cycles, machine.Cycles(step));
        Assert.Equal(cycles, new LpuMachine(SramModels.Of(name), Chip, chips, stages).Cycles(step));
        Assert.Equal(Rows(machine, step), Rows(machine, step));
    }

    [Theory]
    [InlineData("llama-3-8b", 8, 12)]
    [InlineData("mixtral-8x7b", 8, 34)]
    [InlineData("gpt-oss-20b", 16, 26)]
    public void No_unit_does_two_things_in_one_cycle(string name, int chips, int stages)
    {
        LpuMachine machine = new(SramModels.Of(name), Chip, chips, stages);
        foreach (IGrouping<(int, LpuUnit), LpuScheduleRow> unit in Rows(machine, SramStep.Decode(2000, 3)).GroupBy(row => (row.Stage, row.Instruction.Unit)))
        {
            LpuScheduleRow[] rows = [.. unit.OrderBy(row => row.From)];
            for (int i = 1; i < rows.Length; i++)
            {
                Assert.True(rows[i].From >= rows[i - 1].To, $"{rows[i - 1]} and {rows[i]}");
            }
        }
    }

    [Theory]
    [InlineData("llama-3-8b", 8, 12)]
    [InlineData("qwen3-30b-a3b", 8, 50)]
    [InlineData("deepseek-v2-lite", 4, 29)]
    public void Nothing_begins_before_what_it_reads_has_arrived(string name, int chips, int stages)
    {
        LpuMachine machine = new(SramModels.Of(name), Chip, chips, stages);
        foreach (IGrouping<string, LpuScheduleRow> piece in Rows(machine, SramStep.Decode(1000)).GroupBy(row => row.Piece))
        {
            LpuScheduleRow[] rows = [.. piece];
            Assert.All(rows, row => Assert.All(row.Instruction.After, read => Assert.True(row.From >= Arrives(rows[read]), $"{row} reads {rows[read]}")));
            Assert.All(rows.Skip(1), row => Assert.True(row.Instruction.After.Count > 0 || row.Number == 0 || row.From == rows[0].From, $"{row} reads nothing"));
        }
    }

    [Theory]
    [InlineData("llama-3-8b", 1, 40)]
    [InlineData("llama-3-8b", 8, 12)]
    [InlineData("gpt-oss-20b", 8, 26)]
    public void Schedule_is_as_long_as_the_predicted_step(string name, int chips, int stages)
    {
        SramStep step = SramStep.Decode(1000);
        LpuMachine machine = new(SramModels.Of(name), Chip, chips, stages);
        Assert.Equal(machine.Cycles(step), Rows(machine, step).Max(Arrives));
    }

    [Fact]
    public void Every_op_of_the_plan_that_computes_is_in_the_schedule()
    {
        LpuMachine machine = new(SramModels.Of("llama-3-8b"), Chip, 8, 34);
        string[] scheduled = [.. Rows(machine, SramStep.Decode(10)).Select(row => $"{row.Piece}.{row.Instruction.Op}").Distinct()];
        foreach (ModelPiece piece in machine.Pieces.Where(piece => piece.Name.StartsWith("blk.", StringComparison.Ordinal)))
        {
            Assert.All(piece.Ops.Where(op => op is not Millrace.Graphs.QuantizeOp), op => Assert.Contains(op.Name, scheduled));
        }
    }

    [Fact]
    public void Chips_are_numbered_stage_after_stage()
    {
        LpuMachine machine = new(SramModels.Of("llama-3-8b"), Chip, 8, 34);
        Assert.All(machine.ScheduleOfChip(SramStep.Decode(10), 3 * 8 + 5), row => Assert.Equal(3, row.Stage));
        Assert.All(machine.ScheduleOfChip(SramStep.Decode(10), machine.Chips - 1), row => Assert.Equal(machine.Placement.Count - 1, row.Stage));
        Assert.Contains("found -1", Assert.Throws<Millrace.Planning.PlanningException>(() => machine.ScheduleOfChip(SramStep.Decode(10), -1)).Message, StringComparison.Ordinal);
        Assert.Contains($"to {machine.Chips - 1}", Assert.Throws<Millrace.Planning.PlanningException>(() => machine.ScheduleOfChip(SramStep.Decode(10), machine.Chips)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_keys_more_rows_and_more_layers_take_longer()
    {
        LpuMachine machine = new(SramModels.Of("llama-3-8b"), Chip, 8, 34);
        long one = machine.Cycles(SramStep.Decode(100));
        Assert.True(machine.Cycles(SramStep.Decode(100_000)) > one);
        Assert.True(machine.Cycles(SramStep.Decode(100, 64)) > one);
        Assert.True(machine.Cycles(new(1024, 1, 1, 1024, 512)) > machine.Cycles(new(64, 1, 1, 64, 32)));
        Assert.True(new LpuMachine(SramModels.Of("llama-3-70b"), Chip, 8, 84).Cycles(SramStep.Decode(100)) > 2 * one);
    }

    [Fact]
    public void A_prompt_streams_through_the_stages_and_does_not_wait_for_each()
    {
        LpuMachine machine = new(SramModels.Of("llama-3-8b"), Chip, 8, 34);
        SramStep prompt = new(1024, 1, 1, 1024, 512);
        SramStep part = new(64, 1, 1, 1024, 512);
        Assert.Equal(machine.Cycles(part) + 15 * machine.StageCycles(part), machine.Cycles(prompt));
    }

    static List<LpuScheduleRow> Rows(LpuMachine machine, SramStep step) => [.. Enumerable.Range(0, machine.Placement.Count).SelectMany(stage => machine.Schedule(step, stage))];

    static long Arrives(LpuScheduleRow row) => row.To + LpuMachine.DependenceCycles + row.Instruction.Hops * Chip.HopCycles;
}
