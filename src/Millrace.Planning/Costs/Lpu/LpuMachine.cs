using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>A model on a pipeline of statically scheduled chips: stages of equal size hold consecutive pieces, and the chips of a stage share each product. Immutable.</summary>
public sealed class LpuMachine
{
    /// <summary>Cycles from the end of an instruction until the next can read its result: the way through the unit, over the chip to memory and back, and the skew of the superlanes. Not published; fitted (see <see cref="LpuCalibration"/>).</summary>
    public const long DependenceCycles = LpuCalibration.DependenceCycles;

    /// <summary>Rows that pass a stage together at most; longer prompts follow in turn.</summary>
    public const int MostRows = 64;

    readonly LpuProgram[] _programs; // of each piece
    readonly (LpuProgram Program, int Count)[] _distinct;
    readonly (int Kind, int Count)[][] _stageKinds; // what each stage runs, by index into _distinct
    readonly long _dependence;
    readonly int _longest; // program

    /// <summary>Compiles and places a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chip">The chips.</param>
    /// <param name="chipsPerStage">Chips that share each product.</param>
    /// <param name="stages">Stages at most.</param>
    public LpuMachine(PlannedModel model, LpuChip chip, int chipsPerStage, int stages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chipsPerStage, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stages, 1);
        Chip = chip;
        ChipsPerStage = chipsPerStage;
        _dependence = DependenceCycles;
        Pieces = ModelPiece.Of(model);
        StageBytes = BytesOfStage(model, chip, chipsPerStage);
        Placement = Stages.Cut(Pieces, stages, StageBytes);
        KvTokens = Stages.KvTokens(Placement, StageBytes, Unevenness(model, chipsPerStage));
        (_programs, _distinct, _stageKinds) = Compile();
        _longest = _distinct.Max(kind => kind.Program.Instructions.Count);
    }

    LpuMachine(LpuMachine other, long dependence)
    {
        (Chip, ChipsPerStage, Pieces, Placement, StageBytes, KvTokens) = (other.Chip, other.ChipsPerStage, other.Pieces, other.Placement, other.StageBytes, other.KvTokens);
        (_programs, _distinct, _stageKinds, _longest, _dependence) = (other._programs, other._distinct, other._stageKinds, other._longest, dependence);
    }

    /// <summary>The chips.</summary>
    public LpuChip Chip { get; }

    /// <summary>Chips of a stage.</summary>
    public int ChipsPerStage { get; }

    /// <summary>Embedding, layers and head.</summary>
    public IReadOnlyList<ModelPiece> Pieces { get; }

    /// <summary>The stages in use.</summary>
    public IReadOnlyList<Stage> Placement { get; }

    /// <summary>Chips in use.</summary>
    public int Chips => ChipsPerStage * Stages.Slots(Placement);

    /// <summary>What a stage can hold of weights and KV.</summary>
    public double StageBytes { get; }

    /// <summary>Tokens of keys and values that fit; negative where the weights of a stage do not.</summary>
    public double KvTokens { get; }

    /// <summary>The fewest chips that hold so many bytes, whatever is cut where.</summary>
    public static int LeastChips(double bytes, LpuChip chip) => (int)Math.Ceiling(bytes / chip.SramBytes);

    /// <summary>The same machine with another figure in place of <see cref="DependenceCycles"/>.</summary>
    public LpuMachine With(long dependence) => new(this, dependence);

    /// <summary>Cycles of a step from the first stage's look-up to the last's logits.</summary>
    public long Cycles(in SramStep step)
    {
        (SramStep rows, int rounds) = step.InRounds(MostRows);
        Span<long> each = stackalloc long[_distinct.Length];
        Time(rows, each);
        long all = 0;
        for (int i = 0; i < each.Length; i++)
        {
            all += each[i] * _distinct[i].Count;
        }

        return rounds > 1 ? all + (rounds - 1) * Slowest(each) : all;
    }

    /// <summary>Cycles after which the slowest stage can take the next rows.</summary>
    public long StageCycles(in SramStep step)
    {
        Span<long> each = stackalloc long[_distinct.Length];
        Time(step.InRounds(MostRows).Rows, each);
        return Slowest(each);
    }

    /// <summary>Of a step's cycles, those that are spent on the units' own work and on links, were nothing to overlap: what <see cref="StepTime"/> tells apart.</summary>
    public (long Matrix, long Attention, long Link, long Other) Work(in SramStep step)
    {
        SramStep rows = step.InRounds(MostRows).Rows;
        long matrix = 0, attention = 0, link = 0, other = 0;
        foreach ((LpuProgram program, int count) in _distinct)
        {
            for (int i = 0; i < program.Instructions.Count; i++)
            {
                LpuInstruction instruction = program.Instructions[i];
                long cycles = count * instruction.Cycles(rows, Chip);
                matrix += instruction is ProductInstruction or ExpertInstruction ? cycles : 0;
                attention += instruction is AttendInstruction ? cycles : 0;
                link += instruction is SendInstruction ? cycles + count * instruction.Hops * Chip.HopCycles : 0;
                other += instruction is VectorInstruction ? cycles : 0;
            }
        }

        return (matrix, attention, link, other);
    }

    /// <summary>What each unit of a chip does in a step, from cycle to cycle. Of a prompt that passes in rounds, the first.</summary>
    /// <param name="step">The step.</param>
    /// <param name="stage">Which stage; all its chips do the same on their parts.</param>
    public IEnumerable<LpuScheduleRow> Schedule(SramStep step, int stage)
    {
        step = step.InRounds(MostRows).Rows;
        long at = 0;
        for (int piece = 0; piece < Placement[stage].First; piece++)
        {
            at += Schedule(_programs[piece], step, out _, out _);
        }

        for (int piece = Placement[stage].First; piece < Placement[stage].First + Placement[stage].Count; piece++)
        {
            LpuProgram program = _programs[piece];
            long cycles = Schedule(program, step, out long[] start, out long[] end);
            for (int i = 0; i < start.Length; i++)
            {
                yield return new(stage, i, program.Piece.Name, program.Instructions[i], at + start[i], at + end[i]);
            }

            at += cycles;
        }
    }

    /// <summary>The schedule of one chip, as <see cref="Schedule(SramStep, int)"/> gives it of its stage.</summary>
    /// <param name="step">The step.</param>
    /// <param name="chip">Its number, from 0 to <see cref="Chips"/> − 1, stage after stage.</param>
    /// <exception cref="PlanningException">There is no such chip.</exception>
    public IEnumerable<LpuScheduleRow> ScheduleOfChip(SramStep step, int chip)
    {
        int first = 0;
        for (int stage = 0; stage < Placement.Count && chip >= 0; stage++)
        {
            first += Placement[stage].Slots * ChipsPerStage;
            if (chip < first)
            {
                return Schedule(step, stage);
            }
        }

        throw new PlanningException($"{Chip.Device.Id}: chips are numbered from 0 to {Chips - 1}, found {chip}");
    }

    long Schedule(LpuProgram program, SramStep step, out long[] start, out long[] end)
    {
        start = new long[program.Instructions.Count];
        end = new long[start.Length];
        return program.Schedule(step, Chip, _dependence, start, end);
    }

    void Time(in SramStep step, Span<long> each)
    {
        Span<long> start = stackalloc long[_longest];
        Span<long> end = stackalloc long[start.Length];
        for (int i = 0; i < each.Length; i++)
        {
            each[i] = _distinct[i].Program.Schedule(step, Chip, _dependence, start, end);
        }
    }

    long Slowest(ReadOnlySpan<long> each)
    {
        long slowest = 0;
        foreach ((int Kind, int Count)[] stage in _stageKinds)
        {
            long cycles = 0;
            foreach ((int kind, int count) in stage)
            {
                cycles += each[kind] * count;
            }

            slowest = Math.Max(slowest, cycles);
        }

        return slowest;
    }

    (LpuProgram[] Programs, (LpuProgram, int)[] Distinct, (int, int)[][] StageKinds) Compile()
    {
        LpuProgram[] programs = new LpuProgram[Pieces.Count];
        int[] kindOf = new int[Pieces.Count];
        List<(LpuProgram Program, int Count)> distinct = [];
        Dictionary<(string, int, bool), int> kinds = [];
        List<(int, int)[]> stageKinds = [];
        foreach (Stage stage in Placement)
        {
            int end = stage.First + stage.Count;
            for (int i = stage.First; i < end; i++)
            {
                bool send = i == end - 1 && end < Pieces.Count;
                if (!kinds.TryGetValue((Pieces[i].Signature, stage.Slots, send), out int kind))
                {
                    kind = distinct.Count;
                    kinds.Add((Pieces[i].Signature, stage.Slots, send), kind);
                    distinct.Add((LpuCompiler.Compile(Pieces[i], ChipsPerStage * stage.Slots, send), 0));
                }

                distinct[kind] = distinct[kind] with { Count = distinct[kind].Count + 1 };
                programs[i] = distinct[kind].Program with { Piece = Pieces[i] };
                kindOf[i] = kind;
            }

            stageKinds.Add([.. kindOf[stage.First..end].GroupBy(kind => kind).Select(group => (group.Key, group.Count()))]);
        }

        return (programs, [.. distinct], [.. stageKinds]);
    }

    /// <summary>What a stage holds of weights and KV: what the rows under way take is left out.</summary>
    internal static double BytesOfStage(PlannedModel model, LpuChip chip, int chips)
    {
        int width = model.Graph.Ops.SelectMany(op => op.Outputs).Where(value => value != model.Graph.Logits).Max(value => value.Width);
        double activations = 2.0 * 4 * width * MostRows; // FP16; a value, what it is made of, and both once more for the rows that come next
        return chips * Math.Max(chip.SramBytes - activations, 0);
    }

    /// <summary>How much of a stage's room a key takes that lies on the fullest chip: where chips do not divide the heads, some hold more. Chips beyond the heads share a head by tokens.</summary>
    internal static double Unevenness(PlannedModel model, int chips) => model.Graph.Layers.Count == 0 ? 1
        : model.Graph.Layers.Max(layer => chips >= layer.KvHeads ? (double)chips / layer.KvHeads / Math.Max(1, chips / layer.KvHeads) : (layer.KvHeads + chips - 1) / chips * (double)chips / layer.KvHeads);
}
