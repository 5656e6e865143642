using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>A model on wafers: each holds consecutive layers whole, each layer has cores in proportion to its weights, and a token passes from region to region while others follow. Immutable.</summary>
public sealed class WaferMachine
{
    readonly Region[] _distinct;
    readonly double _linkBytesPerRow;

    /// <summary>Places a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chip">The wafers.</param>
    /// <param name="wafers">How many.</param>
    /// <param name="software">The software; null for today's.</param>
    public WaferMachine(PlannedModel model, WaferChip chip, int wafers, WaferSoftware? software = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wafers, 1);
        Chip = chip;
        Software = software ?? WaferSoftware.For(model);
        Pieces = ModelPiece.Of(model);
        Placement = Stages.Cut(Pieces, wafers, chip.SramBytes);
        KvTokens = Stages.KvTokens(Placement, chip.SramBytes);
        _linkBytesPerRow = 2.0 * Pieces[0].Ops[^1].Outputs.First().Width;
        List<Region> regions = [];
        foreach (Stage wafer in Placement)
        {
            ModelPiece[] pieces = [.. Pieces.Skip(wafer.First).Take(wafer.Count)];
            double bytes = pieces.Sum(piece => Math.Max(piece.WeightBytes, 1));
            foreach (ModelPiece piece in pieces)
            {
                double cores = Math.Max(1, WaferChip.Cores * wafer.Slots * Math.Max(piece.WeightBytes, 1) / bytes);
                int same = regions.FindIndex(region => region.Piece.Signature == piece.Signature && Math.Abs(region.Cores - cores) < 1);
                if (same < 0)
                {
                    regions.Add(new(piece, cores, [.. piece.Ops.Select(op => WaferPhase.Of(op, model.KvBytesPerNumber)).OfType<WaferPhase>()], 1));
                }
                else
                {
                    regions[same] = regions[same] with { Count = regions[same].Count + 1 };
                }
            }
        }

        _distinct = [.. regions];
    }

    /// <summary>The wafers.</summary>
    public WaferChip Chip { get; }

    /// <summary>The software.</summary>
    public WaferSoftware Software { get; }

    /// <summary>Embedding, layers and head; each has its own region, so as many tokens can be under way.</summary>
    public IReadOnlyList<ModelPiece> Pieces { get; }

    /// <summary>What lies on which wafer.</summary>
    public IReadOnlyList<Stage> Placement { get; }

    /// <summary>Wafers in use.</summary>
    public int Wafers => Stages.Slots(Placement);

    /// <summary>Tokens of keys and values that fit; negative where the weights of a wafer do not.</summary>
    public double KvTokens { get; }

    /// <summary>Tokens of keys and values for which there is room where nothing else is said.</summary>
    public const int UsualTokens = 8192;

    /// <summary>Rows that pass a region together at most; longer prompts follow in turn.</summary>
    internal const int MostRows = 16;

    /// <summary>The fewest wafers that hold so many bytes, wherever they are cut.</summary>
    public static int LeastWafers(double bytes, WaferChip chip) => (int)Math.Ceiling(bytes / chip.SramBytes);

    /// <summary>A machine of as few wafers as hold whole layers and so many tokens of keys and values.</summary>
    /// <exception cref="PlanningException">A layer is larger than a wafer.</exception>
    public static WaferMachine Place(PlannedModel model, WaferChip chip, double tokens, WaferSoftware? software = null)
    {
        IReadOnlyList<ModelPiece> pieces = ModelPiece.Of(model);
        int least = Math.Max(1, LeastWafers(pieces.Sum(piece => piece.WeightBytes), chip));
        for (int wafers = least; wafers <= least + pieces.Count; wafers++)
        {
            IReadOnlyList<Stage> cut = Stages.Cut(pieces, wafers, chip.SramBytes);
            if (Stages.KvTokens(cut, chip.SramBytes) >= tokens)
            {
                return new(model, chip, wafers, software);
            }
        }

        ModelPiece largest = pieces.MaxBy(piece => piece.WeightBytes + tokens * piece.KvBytesPerToken)!;
        throw new PlanningException($"{chip.Device.Id}: {largest.Name} needs {Units.Bytes(largest.WeightBytes + tokens * largest.KvBytesPerToken)} with keys of {tokens} tokens, a wafer holds {Units.Bytes(chip.SramBytes)}");
    }

    /// <summary>Seconds of a step, without what the software adds: the cores' work on matrices and on keys, the mesh, and the way from wafer to wafer.</summary>
    public (double Matrix, double Attention, double Fabric, double Link) Dataflow(in SramStep step)
    {
        double matrix = 0, attention = 0, fabric = 0;
        foreach (Region region in _distinct)
        {
            foreach (WaferPhase phase in region.Phases)
            {
                double work = region.Count * phase.Work(step, region.Cores, Chip, region.Head) / WaferChip.Hertz;
                matrix += phase.Attention is null ? work : 0;
                attention += phase.Attention is null ? 0 : work;
                fabric += region.Count * phase.Fabric(step, region.Cores, region.Head) / WaferChip.Hertz;
            }
        }

        double link = (Wafers - 1) * (Chip.LinkSeconds + _linkBytesPerRow * step.Tokens / Chip.LinkBytesPerSecond);
        return (matrix, attention, fabric, link);
    }

    /// <summary>Seconds of a step, software included; where a draft is at work, of a step of decoding for each token that it brings. A prompt is a stream of rows: the first passes all regions, the others follow at the pace of the slowest.</summary>
    public double Seconds(in SramStep step)
    {
        (SramStep rows, int rounds) = step.InRounds(MostRows);
        (double matrix, double attention, double fabric, double link) = Dataflow(rows);
        double waiting = rounds > 1 ? (rounds - 1) * Slowest(rows) : 0;
        return Software.Factor * (matrix + attention + fabric + link + waiting) / (step.Tokens == step.Sequences ? Software.TokensPerStep : 1);
    }

    double Slowest(in SramStep step)
    {
        double slowest = 0;
        foreach (Region region in _distinct)
        {
            double cycles = 0;
            foreach (WaferPhase phase in region.Phases)
            {
                cycles += phase.Work(step, region.Cores, Chip, region.Head) + phase.Fabric(step, region.Cores, region.Head);
            }

            slowest = Math.Max(slowest, cycles);
        }

        return slowest / WaferChip.Hertz;
    }

    sealed record Region(ModelPiece Piece, double Cores, WaferPhase[] Phases, int Count)
    {
        public bool Head { get; } = Piece.Name == "head";
    }
}
