using Millrace.Graphs;
using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>What the cores of a layer do for one op, in the order of the dataflow: activations are broadcast over the region, each core multiplies its own weights, and partial results are summed along rows of the mesh.</summary>
/// <param name="Op">The op.</param>
/// <param name="Products">Multiply-adds for each row.</param>
/// <param name="Bytes">Bytes read once for all rows.</param>
/// <param name="BytesPerRow">Bytes read for each row: an expert's weights.</param>
/// <param name="MostBytes">Of these, the most that there are.</param>
/// <param name="Crossings">Times that something crosses the region from side to side.</param>
/// <param name="Moved">Numbers of a row that are broadcast or summed.</param>
/// <param name="Attention">The attention, whose bytes and products grow with the keys; null for others.</param>
/// <param name="KvBytesPerNumber">Of a key's numbers.</param>
sealed record WaferPhase(string Op, double Products, double Bytes, double BytesPerRow, double MostBytes, int Crossings, double Moved, AttentionShape? Attention, double KvBytesPerNumber)
{
    /// <summary>The phase of an op; null for one that costs nothing here.</summary>
    public static WaferPhase? Of(Op op, double kvBytesPerNumber)
    {
        double bytes = op.Weights.Sum(weight => (double)weight.Bytes);
        return op switch
        {
            EmbedOp embed => new(op.Name, 0, 0, 0, 0, 1, embed.Output.Width, null, 0),
            MatMulOp product => new(op.Name, product.Parts.Sum(part => (double)part.Weight.Rows * part.Weight.Columns), bytes, 0, 0, 2, product.Input.Width + product.Parts.Sum(part => part.Output.Width), null, 0),
            NormOp norm => new(op.Name, 2 * norm.Input.Width, 0, 0, 0, 2, norm.Groups, null, 0), // one number of a row is summed and sent back
            RouteOp route => new(op.Name, route.Logits.Width, 0, 0, 0, 2, route.Logits.Width, null, 0),
            ExpertGateOp gate => new(op.Name, 2.0 * gate.Input.Width * gate.Output.Width * gate.ExpertsUsed, 0, bytes / gate.Gate.Experts.Count * gate.ExpertsUsed, bytes, 2, (double)(gate.Input.Width + 2 * gate.Output.Width) * gate.ExpertsUsed, null, 0),
            ExpertDownOp down => new(op.Name, (double)down.Input.Width * down.Output.Width * down.ExpertsUsed, 0, bytes / down.Down.Experts.Count * down.ExpertsUsed, bytes, 2, (double)(down.Input.Width + down.Output.Width) * down.ExpertsUsed, null, 0),
            AttentionOp attention => new(op.Name, 0, 0, 0, 0, 6, attention.Query.Width + attention.Output.Width, attention.Shape, kvBytesPerNumber), // queries out, scores summed; greatest and sum there and back; values summed
            _ when bytes > 0 => new(op.Name, op.Weights.Sum(weight => (double)weight.Rows * weight.Columns), bytes, 0, 0, 2, op.Outputs.Sum(output => output.Width), null, 0),
            _ => null, // numbers that lie on the cores already
        };
    }

    /// <summary>Cycles of the cores' own work.</summary>
    public double Work(in SramStep step, double cores, WaferChip chip, bool head)
    {
        double rows = head ? step.LogitRows : step.Tokens;
        double products = Products * rows;
        double bytes = Bytes + Math.Min(BytesPerRow * rows, MostBytes);
        if (Attention is { } shape)
        {
            products += rows * step.AttendedIn(shape.Window) * shape.Heads * (shape.HeadDim + shape.ValueDim);
            bytes += step.Sequences * step.KeysIn(shape.Window) * shape.KvHeads * (shape.HeadDim + shape.ValueDim) * KvBytesPerNumber;
        }

        return Math.Max(products / chip.ProductsPerCycle, bytes / chip.BytesPerCycle) / cores;
    }

    /// <summary>Cycles on the mesh: crossing the region, and what follows the first word.</summary>
    public double Fabric(in SramStep step, double cores, bool head)
    {
        double side = Math.Sqrt(cores);
        return Crossings * side + Moved * (head ? step.LogitRows : step.Tokens) / side / WaferChip.NumbersPerHop;
    }
}
