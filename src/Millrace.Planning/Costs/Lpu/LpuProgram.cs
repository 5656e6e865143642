using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>The instructions of a piece of the model for the chips of a stage, and when each runs. Nothing is decided while a token is made, so a step of the same shape always takes the same cycles.</summary>
/// <param name="Piece">What it computes.</param>
/// <param name="Instructions">In the order in which each unit runs its own; each after those that it reads.</param>
public sealed record LpuProgram(ModelPiece Piece, IReadOnlyList<LpuInstruction> Instructions)
{
    const int Units = (int)LpuUnit.C2c + 1;

    readonly LpuInstruction[] _instructions = [.. Instructions];
    readonly int[][] _after = [.. Instructions.Select(static instruction => instruction.After.ToArray())];

    /// <summary>Lays the instructions out: each begins once its unit is free and what it reads has arrived.</summary>
    /// <param name="step">The step.</param>
    /// <param name="chip">The chips.</param>
    /// <param name="dependence">Cycles from the end of an instruction until another can read its result.</param>
    /// <param name="start">Receives the cycle in which each begins.</param>
    /// <param name="end">Receives the cycle after its last.</param>
    /// <returns>Cycles until all results are there.</returns>
    public long Schedule(in SramStep step, LpuChip chip, long dependence, Span<long> start, Span<long> end)
    {
        Span<long> free = stackalloc long[Units];
        free.Clear();
        long all = 0;
        for (int i = 0; i < _instructions.Length; i++)
        {
            LpuInstruction instruction = _instructions[i];
            long ready = free[(int)instruction.Unit];
            foreach (int read in _after[i])
            {
                ready = Math.Max(ready, Ready(read, end));
            }

            start[i] = ready;
            end[i] = ready + instruction.Cycles(step, chip);
            free[(int)instruction.Unit] = end[i];
            all = Math.Max(all, Ready(i, end));
        }

        return all;

        long Ready(int instruction, Span<long> ends) => ends[instruction] + dependence + _instructions[instruction].Hops * chip.HopCycles;
    }
}
