using Millrace.Graphs;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Sram;

/// <summary>What the attention of all layers reads and computes for each key, by window: it turns a step's bytes and operations back into the keys that its tokens see.</summary>
public sealed class AttentionLayers
{
    readonly (int Window, double Bytes, double Flops)[] _groups; // by window, all (0) last

    /// <summary>Sums up a model's layers.</summary>
    public AttentionLayers(PlannedModel model)
    {
        StepShape one = new([(0, 1)], 1, model.KvBytesPerNumber);
        _groups = [.. model.Graph.Ops.OfType<AttentionOp>()
            .GroupBy(op => op.Shape.Window)
            .OrderBy(group => group.Key == 0 ? int.MaxValue : group.Key)
            .Select(group => (group.Key, group.Sum(op => op.Cost(one).KvBytes), group.Sum(op => op.Cost(one).Flops)))];
    }

    /// <summary>The step.</summary>
    public SramStep Step(in StepWork work)
    {
        int sequences = Math.Max(work.Sequences, 1);
        double each = (double)work.Tokens / sequences;
        double keys = Invert(work.KvBytesRead / sequences, each - 1, flops: false);
        double attended = work.Tokens == 0 ? 0 : Invert(work.AttentionFlops / work.Tokens, 0, flops: true);
        return new(work.Tokens, sequences, work.LogitRows, keys, Math.Min(attended, keys));
    }

    /// <summary>The k for which Σ over the groups of cost · min(k, window + slack) is so much: it grows with k, in straight pieces.</summary>
    double Invert(double total, double slack, bool flops)
    {
        double slope = 0;
        foreach ((int _, double bytes, double operations) in _groups)
        {
            slope += flops ? operations : bytes;
        }

        double k = 0;
        foreach ((int window, double bytes, double operations) in _groups)
        {
            double end = window == 0 ? double.PositiveInfinity : window + slack;
            double most = slope * (end - k);
            if (total <= most || slope <= 0)
            {
                return slope <= 0 ? k : k + total / slope;
            }

            total -= most;
            k = end;
            slope -= flops ? operations : bytes;
        }

        return k; // every layer has a window and all are full
    }
}
