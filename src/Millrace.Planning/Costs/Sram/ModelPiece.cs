using System.Runtime.CompilerServices;
using Millrace.Graphs;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Sram;

/// <summary>A part of a model that is placed as a whole: the embedding, a layer, or the head.</summary>
/// <param name="Name">embedding, blk.N or head.</param>
/// <param name="Ops">Its ops, in the plan's order.</param>
/// <param name="WeightBytes">Bytes of its matrices and vectors.</param>
/// <param name="KvBytesPerToken">Bytes of keys and values that it holds of each token.</param>
public sealed record ModelPiece(string Name, IReadOnlyList<Op> Ops, double WeightBytes, double KvBytesPerToken)
{
    /// <summary>The last tokens that its attention sees, 0 for all.</summary>
    public int Window => Ops.OfType<AttentionOp>().Select(op => op.Shape.Window).DefaultIfEmpty(0).First();

    /// <summary>What it is like: pieces of one signature take the same time.</summary>
    public string Signature { get; } = string.Join('\n', Ops.Select(static op =>
        $"{op.Kind} {string.Join(',', op.Inputs.Concat(op.Outputs).Select(value => value.Width))} {string.Join(',', op.Weights.Select(weight => weight.Type).Distinct())}"));

    static readonly ConditionalWeakTable<PlannedModel, IReadOnlyList<ModelPiece>> Made = [];

    /// <summary>The pieces of a model, cut once.</summary>
    public static IReadOnlyList<ModelPiece> Of(PlannedModel model) => Made.GetValue(model, static key => Cut(key.Graph, key.KvBytesPerNumber));

    static ModelPiece[] Cut(Graph graph, double kvBytesPerNumber)
    {
        List<(string Name, List<Op> Ops)> pieces = [("embedding", [])];
        foreach (Op op in graph.Ops)
        {
            string name = op is SelectRowsOp || pieces[^1].Name == "head" ? "head" : LayerOf(op.Name) ?? pieces[^1].Name;
            if (name != pieces[^1].Name)
            {
                pieces.Add((name, []));
            }

            pieces[^1].Ops.Add(op);
        }

        HashSet<WeightRef> placed = [];
        ModelPiece[] made = new ModelPiece[pieces.Count];
        for (int i = pieces.Count - 1; i >= 0; i--) // from the end: a tied table lies with the head, whose chips send rows of it to the first stage
        {
            List<Op> ops = pieces[i].Ops;
            double weights = ops.SelectMany(op => op.Weights).Where(placed.Add).Sum(weight => (double)weight.Bytes) + ops.SelectMany(op => op.Vectors).Sum(vector => (double)vector.Bytes);
            double kv = ops.Sum(op => op is KvStoreOp or RopeStoreOp ? op.Cost(OneToken(kvBytesPerNumber)).KvBytes : 0);
            made[i] = new(pieces[i].Name, ops, weights, kv);
        }

        return made;
    }

    static StepShape OneToken(double kvBytesPerNumber) => new([(0, 1)], 1, kvBytesPerNumber);

    static string? LayerOf(string op)
    {
        if (!op.StartsWith("blk.", StringComparison.Ordinal))
        {
            return null;
        }

        int end = op.IndexOf('.', 4);
        return end < 0 ? op : op[..end];
    }
}
