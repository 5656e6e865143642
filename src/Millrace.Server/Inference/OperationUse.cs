using System.Runtime.CompilerServices;
using Millrace.Formats;
using Millrace.Graphs;

namespace Millrace.Server.Inference;

/// <summary>Operations of a kind in the plan of a model, all of which each step runs.</summary>
/// <param name="Kind">The kind of operation.</param>
/// <param name="Types">The types of its weights; empty where it has none.</param>
/// <param name="Count">How many there are.</param>
public sealed record OperationUse(string Kind, string Types, int Count)
{
    static readonly ConditionalWeakTable<Engine, IReadOnlyList<OperationUse>> Known = [];

    /// <summary>What runs in a step of an engine; empty where it computes otherwise than by a graph.</summary>
    public static IReadOnlyList<OperationUse> Of(Engine engine) => Known.GetValue(engine, static engine => engine.Device is { } device ? Summarize(device.Plan.Graph) : []);

    static IReadOnlyList<OperationUse> Summarize(Graph graph) =>
    [
        .. graph.Ops
            .GroupBy(static op => (op.Kind, Types: string.Join(' ', op.Weights.Select(static weight => weight.Type.GgufName).Distinct())))
            .Select(static group => new OperationUse(group.Key.Kind, group.Key.Types, group.Count())),
    ];
}
