namespace Millrace.Planning.Costs.Lpu;

/// <summary>A line of the printed schedule.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Number">The instruction's number in its program.</param>
/// <param name="Piece">embedding, blk.N or head.</param>
/// <param name="Instruction">What is done, and on which unit.</param>
/// <param name="From">The cycle in which it begins, counted from the start of the step.</param>
/// <param name="To">The cycle after its last.</param>
public sealed record LpuScheduleRow(int Stage, int Number, string Piece, LpuInstruction Instruction, long From, long To);
