using System.Runtime.CompilerServices;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Server.Inference;

/// <summary>Operations of a model that run by the same kernel.</summary>
/// <param name="Kind">The kind of operation.</param>
/// <param name="Types">The types of its weights; empty where it has none.</param>
/// <param name="Count">How many there are.</param>
/// <param name="PromptPath">The instructions that compute prompts.</param>
/// <param name="DecodePath">The instructions that compute one token.</param>
public sealed record KernelUse(string Kind, string Types, int Count, string PromptPath, string DecodePath)
{
    const int ManyTokens = 512;

    static readonly ConditionalWeakTable<Engine, IReadOnlyList<KernelUse>> Known = [];

    /// <summary>What runs in a step of an engine; empty where it computes otherwise than by a graph.</summary>
    public static IReadOnlyList<KernelUse> Of(Engine engine) => Known.GetValue(engine, static engine => engine.Device is { } device ? Summarize(device.Plan.Graph) : []);

    static IReadOnlyList<KernelUse> Summarize(Graph graph) =>
    [
        .. graph.Ops
            .GroupBy(static op => (op.Kind, Types: string.Join(' ', op.Weights.Select(static weight => weight.Type.GgufName).Distinct())))
            .Select(static group => new KernelUse(
                group.Key.Kind, group.Key.Types, group.Count(),
                Path(group, ManyTokens), Path(group, 1))),
    ];

    static string Path(IEnumerable<Op> ops, int tokens)
    {
        WeightType[] types = [.. ops.First().Weights.Select(static weight => weight.Type)];
        return KernelPaths.NameOf(KernelPaths.Choose(types.Contains(WeightType.Q8_0), tokens, floats: types.All(static type => type.BlockLength == 1)));
    }
}
