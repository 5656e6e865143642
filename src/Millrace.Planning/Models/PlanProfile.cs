using Millrace.Formats;
using Millrace.Graphs;

namespace Millrace.Planning.Models;

/// <summary>Products of a plan that are alike.</summary>
/// <param name="Type">How their weights are stored.</param>
/// <param name="Bytes">Weights of one; of experts, of one expert.</param>
/// <param name="Slabs">Pieces of rows that threads take; of experts, of one expert.</param>
/// <param name="Experts">Experts among which tokens choose, or 0.</param>
/// <param name="Used">Those that a token goes to.</param>
/// <param name="Head">Whether it runs over rows of logits, not over tokens.</param>
/// <param name="Count">How many there are.</param>
public sealed record ProductShape(WeightType Type, double Bytes, int Slabs, int Experts, int Used, bool Head, int Count);

/// <summary>Layers of attention that are alike.</summary>
/// <param name="KvHeads">Key heads.</param>
/// <param name="Group">Query heads to each.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="CachedNumbers">Numbers that the cache holds of a token.</param>
/// <param name="FlopsOfKey">Operations for one key that one token sees, all heads together.</param>
/// <param name="Layers">How many there are.</param>
public sealed record AttentionProfile(int KvHeads, int Group, int HeadDim, int CachedNumbers, double FlopsOfKey, int Layers);

/// <summary>A plan as a processor meets it.</summary>
/// <param name="Ops">Ops of a step, a barrier after each.</param>
/// <param name="Products">The products.</param>
/// <param name="Attention">The attention layers.</param>
public sealed record PlanProfile(int Ops, IReadOnlyList<ProductShape> Products, IReadOnlyList<AttentionProfile> Attention)
{
    internal static PlanProfile Of(Plan plan)
    {
        IEnumerable<ProductShape> products = plan.Body.SelectMany(static op => ProductsOf(op, false)).Concat(plan.Head.SelectMany(static op => ProductsOf(op, true)));
        return new(
            plan.Graph.Ops.Count,
            [.. products.GroupBy(static product => product).Select(static alike => alike.Key with { Count = alike.Count() })],
            [.. plan.Body.OfType<AttentionOp>().GroupBy(static op => (op.Shape.KvHeads, op.Shape.Heads, op.Shape.HeadDim, op.Shape.ValueDim, op.Shape.CachedNumbers)).Select(static alike => new AttentionProfile(
                alike.Key.KvHeads, alike.Key.Heads / alike.Key.KvHeads, alike.Key.HeadDim, alike.Key.CachedNumbers, 2.0 * alike.Key.Heads * (alike.Key.HeadDim + alike.Key.ValueDim), alike.Count()))]);
    }

    static IEnumerable<ProductShape> ProductsOf(Op op, bool head) => op switch
    {
        MatMulOp product => product.Parts.GroupBy(static part => part.Weight.Type).Select(parts => new ProductShape(
            parts.Key, parts.Sum(static part => (double)part.Weight.Bytes), Slabs(parts.Select(static part => part.Weight.Rows), product.Gate is not null), 0, 0, head, 1)),
        ExpertGateOp gate => [new ProductShape(gate.Gate.Experts[0].Type, gate.Gate.Experts[0].Bytes + (double)gate.Up.Experts[0].Bytes, Slabs([gate.Output.Width], false), gate.Gate.Experts.Count, gate.ExpertsUsed, head, 1)],
        ExpertDownOp down => [new ProductShape(down.Down.Experts[0].Type, down.Down.Experts[0].Bytes, Slabs([down.Output.Width], false), down.Down.Experts.Count, down.ExpertsUsed, head, 1)],
        LatentQueryOp query => [new ProductShape(query.Weight.Type, query.Weight.Bytes, Slabs([query.Weight.Rows], false), 0, 0, head, 1)],
        LatentValueOp value => [new ProductShape(value.Weight.Type, value.Weight.Bytes, Slabs([value.Weight.Rows], false), 0, 0, head, 1)],
        _ => [],
    };

    // A gated product is cut by its gate's rows alone: a piece computes both.
    static int Slabs(IEnumerable<int> rows, bool gated) => rows.Sum(static count => (count + Plan.SlabRows - 1) / Plan.SlabRows) / (gated ? 2 : 1);
}
