using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Gives each op of a plan its code and its memory. The one place where ops meet the processor.</summary>
sealed unsafe class CpuCompiler(CpuMemory memory, CpuStep step, int maxTokens, int scoreStride)
{
    readonly Dictionary<Value, Routing> _routings = [];

    /// <summary>Says before anything is loaded that an op has no code here.</summary>
    /// <exception cref="ModelFormatException">One has none; the message names it.</exception>
    public static void RequireCode(Plan plan, string path)
    {
        Op? other = plan.Graph.Ops.FirstOrDefault(static op =>
            op is LatentQueryOp or LatentKeyOp or LatentValueOp or RouteOp { Router: not (RouterKind.SoftmaxThenTop or RouterKind.TopThenSoftmax) });
        if (other is not null)
        {
            throw new ModelFormatException(path, other.Name, -1, "ops that the CPU has code for", $"{other.Kind}, which can be planned but not run");
        }
    }

    /// <summary>The code of an op.</summary>
    public CpuOp Compile(Op op) => op switch
    {
        EmbedOp embed => new EmbedRun(embed, memory.Matrix(embed.Table), memory.Floats(embed.Output)),
        NormOp norm => new NormRun(
            norm, memory.Floats(norm.Input), memory.Vector(norm.Weight), norm.Output is null ? null : memory.Floats(norm.Output), [.. norm.Quantized.Select(memory.Quantized)]),
        QuantizeOp quantize => new QuantizeRun(
            quantize, memory.Floats(quantize.Input), memory.Quantized(quantize.Output), quantize.Routing is null ? null : _routings[quantize.Routing]),
        MatMulOp product => new MatMulRun(
            product, memory.Quantized(product.Input), [.. product.Parts.Select(part => Part(part, product.Output is null))],
            Optional(product.Residual), Optional(product.Output)),
        GateOp gate => new GateRun(gate, memory.Floats(gate.Gate), memory.Floats(gate.Up), memory.Floats(gate.Output)),
        AddOp add => new AddRun(add, memory.Floats(add.A), memory.Floats(add.B), memory.Floats(add.Output)),
        SelectRowsOp select => new SelectRowsRun(memory.Floats(select.Input), memory.Floats(select.Output)),
        RopeOp rope => new RopeRun(rope, step.RopeIndex(rope.Rope), memory.Floats(rope.Input), memory.Floats(rope.Output)),
        KvStoreOp store => new KvStoreRun(store, memory.Floats(store.Key), memory.Floats(store.Value)),
        RopeStoreOp fused => new RopeStoreRun(
            fused, fused.Rope is null ? -1 : step.RopeIndex(fused.Rope), memory.Vector(fused.QueryNorm?.Weight), memory.Vector(fused.KeyNorm?.Weight),
            memory.Floats(fused.Query), memory.Floats(fused.Key), memory.Floats(fused.Store.Value), memory.Floats(fused.Output)),
        AttentionOp attention => Attend(attention),
        RouteOp route => new RouteRun(route, memory.Floats(route.Logits), Route(route)),
        ScatterOp scatter => new ScatterRun(scatter, memory.Floats(scatter.Input), _routings[scatter.Routing], memory.Quantized(scatter.Output)),
        ExpertGateOp gate => new ExpertGateRun(
            gate, memory.Quantized(gate.Input), _routings[gate.Routing], Parts(gate.Gate), Parts(gate.Up), memory.Floats(gate.Output)),
        ExpertDownOp down => new ExpertDownRun(
            down, memory.Quantized(down.Input), _routings[down.Routing], Parts(down.Down), memory.Floats(down.Output)),
        _ => throw new NotSupportedException($"{op.GetType().Name} has no code for the CPU"),
    };

    CpuOp Attend(AttentionOp op)
    {
        Rows query = memory.Floats(op.Query);
        Rows output = memory.Floats(op.Output);
        float* sinks = memory.Vector(op.Shape.Sinks);
        return step.Cache.Type switch
        {
            KvType.F32 => new AttentionRun<KvF32>(op, query, sinks, output, scoreStride),
            KvType.F16 => new AttentionRun<KvF16>(op, query, sinks, output, scoreStride),
            _ => new AttentionRun<KvInt8>(op, query, sinks, output, scoreStride),
        };
    }

    /// <summary>Layers run one after the other, so all that route alike share one table.</summary>
    Routing Route(RouteOp op)
    {
        Routing routing = _routings.Values.FirstOrDefault(other => other.Experts == op.Logits.Width && other.Used == op.ExpertsUsed)
            ?? new Routing(op.Logits.Width, op.ExpertsUsed, maxTokens);
        return _routings[op.Routing] = routing;
    }

    Rows Optional(Value? value) => value is null ? default : memory.Floats(value);

    CpuPart Part(MatMulPart part, bool writes) => new(memory.Matrix(part.Weight), (nint)memory.Vector(part.Bias), (nint)memory.Vector(part.Scale), writes ? memory.Floats(part.Output) : default);

    CpuPart[] Parts(ExpertWeights experts) =>
        [.. experts.Experts.Select((expert, i) => new CpuPart(memory.Matrix(expert), (nint)memory.Vector(experts.Biases?[i]), (nint)memory.Vector(experts.Scales?[i]), default))];
}
