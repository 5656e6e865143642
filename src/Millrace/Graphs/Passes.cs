namespace Millrace.Graphs;

/// <summary>Rewrites of a graph that save passes over memory and barriers between threads. None changes a bit of the result; each can be left out, so that what it buys can be measured.</summary>
[Flags]
public enum Fusions
{
    /// <summary>Ops as the page wrote them.</summary>
    None = 0,

    /// <summary>A row is quantized once for all products that want it in the same form.</summary>
    SharedInputs = 1,

    /// <summary>Products over the same input become one: queries, keys and values; gate and up.</summary>
    Products = 2,

    /// <summary>The gate is applied while the product's result is in cache.</summary>
    Gates = 4,

    /// <summary>A norm writes the quantized form of its result.</summary>
    NormQuantize = 8,

    /// <summary>Norms of heads, rotation and KV store become one pass over a token.</summary>
    RopeStore = 16,

    /// <summary>A product adds its result to the residual stream itself.</summary>
    Residuals = 32,

    /// <summary>All of them.</summary>
    All = 63,
}

/// <summary>The passes, in the order in which they build on each other.</summary>
public static class Passes
{
    /// <summary>Applies the chosen passes.</summary>
    public static Graph Apply(Graph graph, Fusions fusions)
    {
        (Fusions Fusion, Func<Graph, Graph> Pass)[] passes =
        [
            (Fusions.SharedInputs, ShareInputs),
            (Fusions.Products, FuseProducts),
            (Fusions.Gates, FuseGates),
            (Fusions.NormQuantize, FuseNormQuantize),
            (Fusions.RopeStore, FuseRopeStore),
            (Fusions.Residuals, FuseResiduals),
        ];
        foreach ((Fusions fusion, Func<Graph, Graph> pass) in passes)
        {
            if (fusions.HasFlag(fusion))
            {
                graph = pass(graph).Check();
            }
        }

        return graph;
    }

    static Graph ShareInputs(Graph graph)
    {
        Dictionary<(Value, Kernels.ActivationKind?), Value> first = [];
        Dictionary<Value, Value> same = [];
        List<Op> ops = [];
        foreach (Op op in graph.Ops)
        {
            if (op is QuantizeOp quantize && !first.TryAdd((quantize.Input, quantize.Output.Quantized), quantize.Output))
            {
                same[quantize.Output] = first[(quantize.Input, quantize.Output.Quantized)];
            }
            else
            {
                ops.Add(op is MatMulOp product && same.TryGetValue(product.Input, out Value? shared) ? product with { Input = shared } : op);
            }
        }

        return graph with { Ops = ops };
    }

    static Graph FuseProducts(Graph graph)
    {
        List<Op> ops = [];
        foreach (Op op in graph.Ops)
        {
            int index = op is MatMulOp product ? ops.FindIndex(other => other is MatMulOp before && before.Input == product.Input) : -1;
            if (index < 0)
            {
                ops.Add(op);
                continue;
            }

            MatMulOp first = (MatMulOp)ops[index];
            MatMulOp fused = (MatMulOp)op;
            ops[index] = first with { Name = $"{first.Name}|{Suffix(fused.Name)}", Parts = [.. first.Parts, .. fused.Parts] };
        }

        return graph with { Ops = ops };
    }

    static Graph FuseGates(Graph graph) => Rewrite(graph, static (op, ops, readers) =>
        op is GateOp gate
        && ops.FindIndex(other => other is MatMulOp { Parts.Count: 2 } product && product.Parts[0].Output == gate.Gate && product.Parts[1].Output == gate.Up) is var index and >= 0
        && readers[gate.Gate] == 1 && readers[gate.Up] == 1
            ? (index, [(MatMulOp)ops[index] with { Gate = gate.Activation, Output = gate.Output }])
            : null);

    static Graph FuseNormQuantize(Graph graph) => Rewrite(graph, static (op, ops, readers) =>
    {
        if (op is not QuantizeOp quantize || ops.FindIndex(other => other is NormOp norm && norm.Output == quantize.Input) is not (var index and >= 0))
        {
            return null;
        }

        NormOp norm = (NormOp)ops[index];
        // Once every reader of the floats is a fused quantization, the floats need not be written.
        bool last = readers[norm.Output!] == norm.Quantized.Count + 1;
        return (index, [norm with { Output = last ? null : norm.Output, Quantized = [.. norm.Quantized, quantize.Output] }]);
    });

    static Graph FuseRopeStore(Graph graph)
    {
        Dictionary<Value, int> readers = graph.Readers();
        List<Op> ops = [.. graph.Ops];
        for (int i = 0; i < ops.Count; i++)
        {
            if (ops[i] is not KvStoreOp store || ops.OfType<AttentionOp>().FirstOrDefault(op => op.Stored == store.Stored) is not { } attention)
            {
                continue;
            }

            RopeOp? keyRope = Take<RopeOp>(store.Key);
            NormOp? keyNorm = Take<NormOp>(keyRope?.Input ?? store.Key, norm => norm.Groups == store.Shape.KvHeads);
            RopeOp? queryRope = keyRope is null ? null : Take<RopeOp>(attention.Query);
            NormOp? queryNorm = Take<NormOp>(queryRope?.Input ?? attention.Query, norm => norm.Groups == store.Shape.Heads);
            if (keyRope?.Rope != queryRope?.Rope || (queryRope is null && queryNorm is null))
            {
                continue;
            }

            Op?[] taken = [keyRope, keyNorm, queryRope, queryNorm];
            ops[i] = new RopeStoreOp(
                store.Name, queryNorm, keyNorm, keyRope?.Rope, store,
                queryNorm?.Input ?? queryRope?.Input ?? attention.Query,
                keyNorm?.Input ?? keyRope?.Input ?? store.Key,
                attention.Query);
            i -= ops.RemoveAll(op => taken.Contains(op));
        }

        return graph with { Ops = ops };

        T? Take<T>(Value made, Func<T, bool>? fits = null)
            where T : Op =>
            readers[made] == 1 && ops.OfType<T>().FirstOrDefault(op => op.Outputs.Contains(made)) is { } found && (fits is null || fits(found)) ? found : null;
    }

    static Graph FuseResiduals(Graph graph) => Rewrite(graph, static (op, ops, readers) =>
    {
        if (op is not AddOp add)
        {
            return null;
        }

        foreach ((Value product, Value residual) in new[] { (add.B, add.A), (add.A, add.B) })
        {
            int index = ops.FindIndex(other => other is MatMulOp { Parts.Count: 1, Output: null } matmul && matmul.Parts[0].Output == product);
            if (index >= 0 && readers[product] == 1)
            {
                return (index, [(MatMulOp)ops[index] with { Residual = residual, Output = add.Output }]);
            }
        }

        return null;
    });

    /// <summary>Walks the ops; where the rule answers, the op is dropped and one that went before it is replaced.</summary>
    static Graph Rewrite(Graph graph, Func<Op, List<Op>, Dictionary<Value, int>, (int Index, Op[] By)?> rule)
    {
        Dictionary<Value, int> readers = graph.Readers();
        List<Op> ops = [];
        foreach (Op op in graph.Ops)
        {
            if (rule(op, ops, readers) is var (index, by))
            {
                ops.RemoveAt(index);
                ops.InsertRange(index, by);
            }
            else
            {
                ops.Add(op);
            }
        }

        return graph with { Ops = ops };
    }

    static string Suffix(string name) => name[(name.LastIndexOf('.') + 1)..];
}
