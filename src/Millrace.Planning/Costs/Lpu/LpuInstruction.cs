using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>A functional unit of a chip. Each does one thing at a time.</summary>
public enum LpuUnit
{
    /// <summary>SRAM slices, where something is looked up or written and not only streamed.</summary>
    Mem,

    /// <summary>The matrix planes.</summary>
    Mxm,

    /// <summary>Vector ALUs.</summary>
    Vxm,

    /// <summary>The switch: shifts, permutations and sums over lanes.</summary>
    Sxm,

    /// <summary>Links to other chips.</summary>
    C2c,
}

/// <summary>What one unit does for one op on one chip. All chips of a stage do the same on their parts.</summary>
/// <param name="Op">The op of the plan.</param>
/// <param name="Does">In a word or two.</param>
/// <param name="Unit">Where.</param>
/// <param name="After">Instructions of the same program whose results it reads.</param>
public abstract record LpuInstruction(string Op, string Does, LpuUnit Unit, IReadOnlyList<int> After)
{
    /// <summary>Hops that a result travels before it can be used.</summary>
    public virtual int Hops => 0;

    /// <summary>Cycles for which the unit is taken.</summary>
    public abstract long Cycles(in SramStep step, LpuChip chip);
}

/// <summary>A product with weights: the planes take one tile after the other, and the step's vectors pass each of them while the next is loaded.</summary>
/// <param name="Op">The op.</param>
/// <param name="After">What it reads.</param>
/// <param name="Tiles">Tiles of 320 × 320 on this chip.</param>
/// <param name="Head">Whether only rows of logits pass.</param>
sealed record ProductInstruction(string Op, IReadOnlyList<int> After, long Tiles, bool Head) : LpuInstruction(Op, "multiply", LpuUnit.Mxm, After)
{
    public override long Cycles(in SramStep step, LpuChip chip)
    {
        long rows = Head ? step.LogitRows : step.Tokens;
        return (Tiles + LpuChip.PlaneGroups - 1) / LpuChip.PlaneGroups * Math.Max(chip.InstallCycles, rows * chip.VectorCycles);
    }
}

/// <summary>Products with the experts that a router chose. When the schedule is made it is not known which these are; the addresses of their weights come from the router (the memory's gather), and the schedule keeps the time of the worst choice: as many of a token's experts on one chip as can be.</summary>
/// <param name="Op">The op.</param>
/// <param name="After">What it reads.</param>
/// <param name="Tiles">Tiles of one expert on this chip.</param>
/// <param name="Local">Experts on this chip.</param>
/// <param name="Used">Experts for each token.</param>
/// <param name="Experts">Experts in all.</param>
sealed record ExpertInstruction(string Op, IReadOnlyList<int> After, long Tiles, int Local, int Used, int Experts) : LpuInstruction(Op, "multiply", LpuUnit.Mxm, After)
{
    const int Capacity = 2; // room for so many times an expert's fair share of a step's tokens (Lepikhin et al. 2020)

    public override long Cycles(in SramStep step, LpuChip chip)
    {
        long chosen = Math.Min((long)Used * step.Tokens, Local);
        long share = ((long)step.Tokens * Used + Experts - 1) / Experts;
        long rows = Math.Min(step.Tokens, Capacity * share);
        return (chosen * Tiles + LpuChip.PlaneGroups - 1) / LpuChip.PlaneGroups * Math.Max(chip.InstallCycles, rows * chip.VectorCycles);
    }
}

/// <summary>Queries over keys, or weights of attention over values: the cache is loaded into the planes as weights are.</summary>
/// <param name="Op">The op.</param>
/// <param name="Does">scores or values.</param>
/// <param name="After">What it reads.</param>
/// <param name="KvHeads">Key heads on this chip.</param>
/// <param name="QueriesPerKey">Query heads on this chip for each of them.</param>
/// <param name="Width">Numbers of a head.</param>
/// <param name="Window">Of the attention.</param>
/// <param name="Sharing">Chips over which a head's tokens are spread.</param>
sealed record AttendInstruction(string Op, string Does, IReadOnlyList<int> After, int KvHeads, int QueriesPerKey, int Width, int Window, int Sharing) : LpuInstruction(Op, Does, LpuUnit.Mxm, After)
{
    public override long Cycles(in SramStep step, LpuChip chip)
    {
        double keys = step.KeysIn(Window) / Sharing;
        long tiles = (long)(Math.Ceiling(Width / (double)LpuChip.Lanes) * Math.Ceiling(keys / LpuChip.Lanes)) * KvHeads * step.Sequences;
        double seen = keys > 0 ? step.AttendedIn(Window) / Sharing / keys : 0; // a prompt's tokens see only the keys before them
        long vectors = (long)Math.Ceiling(step.Each * QueriesPerKey * seen);
        return (tiles + LpuChip.PlaneGroups - 1) / LpuChip.PlaneGroups * Math.Max(chip.InstallCycles, vectors * chip.VectorCycles);
    }
}

/// <summary>Something done to vectors of 320 numbers, one in a cycle.</summary>
/// <param name="Op">The op.</param>
/// <param name="Does">What.</param>
/// <param name="Unit">Where.</param>
/// <param name="After">What it reads.</param>
/// <param name="Width">Numbers of a row on this chip.</param>
/// <param name="Head">Whether only rows of logits pass.</param>
/// <param name="Heads">Where not 0: rows are of as many numbers as a token sees keys, one for each of so many heads.</param>
/// <param name="Window">Of the attention.</param>
/// <param name="Sharing">Chips over which a head's tokens are spread.</param>
sealed record VectorInstruction(string Op, string Does, LpuUnit Unit, IReadOnlyList<int> After, int Width, bool Head, int Heads = 0, int Window = 0, int Sharing = 1) : LpuInstruction(Op, Does, Unit, After)
{
    public override long Cycles(in SramStep step, LpuChip chip)
    {
        double width = Heads > 0 ? step.AttendedIn(Window) / Sharing : Width;
        long rows = (Head ? step.LogitRows : step.Tokens) * (long)Math.Max(Heads, 1);
        return (long)Math.Ceiling(width / LpuChip.Lanes) * rows;
    }
}

/// <summary>A send to the other chips of the stage, or to the next stage.</summary>
/// <param name="Op">The op.</param>
/// <param name="Does">What.</param>
/// <param name="After">What it reads.</param>
/// <param name="Width">Numbers of a row, on all chips together; FP16 on the links.</param>
/// <param name="Chips">In the group.</param>
/// <param name="HopCount">Hops.</param>
/// <param name="Head">Whether only rows of logits pass.</param>
sealed record SendInstruction(string Op, string Does, IReadOnlyList<int> After, int Width, int Chips, int HopCount, bool Head) : LpuInstruction(Op, Does, LpuUnit.C2c, After)
{
    public override int Hops => HopCount;

    public override long Cycles(in SramStep step, LpuChip chip) => chip.ExchangeCycles(2.0 * Width * (Head ? step.LogitRows : step.Tokens), Chips);
}
