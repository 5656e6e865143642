using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Chooses experts; the thread that chooses the last token's sorts them.</summary>
sealed unsafe class RouteRun(RouteOp op, Rows logits, Routing routing) : RowOp
{
    int _chosen; // tokens

    public override void Reset(int threads)
    {
        base.Reset(threads);
        _chosen = 0;
    }

    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        routing.Choose(token, new Span<float>(logits[token], logits.Width), op.Router);
        if (Interlocked.Increment(ref _chosen) == step.Tokens)
        {
            routing.Sort(step.Tokens);
        }
    }
}

/// <summary>Quantizes a token's row into the rows of its experts.</summary>
sealed unsafe class ScatterRun(ScatterOp op, Rows input, Routing routing, ActivationBuffer output) : RowOp
{
    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        for (int choice = 0; choice < op.ExpertsUsed; choice++)
        {
            output.Quantize(routing.Row(token, choice), input[token]);
        }
    }
}

/// <summary>Gate and up of the experts that have tokens.</summary>
sealed unsafe class ExpertGateRun(ExpertGateOp op, ActivationBuffer input, Routing routing, CpuPart[] gates, CpuPart[] ups, Rows output) : CpuOp
{
    public override MemoryRange[] FirstWeights(int thread, int threads, long bytes) => [];

    public override void Run(CpuStep step, int thread)
    {
        float* scratch = step.Scratch(thread);
        int slabs = gates[0].Slabs, all = slabs * gates.Length;
        for (int index = TakeNear(thread, all).Begin; index < all; index = TakeNear(thread, all).Begin)
        {
            (int expert, int slab) = Math.DivRem(index, slabs);
            Range rows = routing.RowsOf(expert);
            if (rows.Start.Value != rows.End.Value)
            {
                CpuPart.MultiplyGated(op.Activation, gates[expert], ups[expert], input, rows, gates[expert].RowsOf(slab, slab + 1), output, scratch);
            }
        }
    }
}

/// <summary>Down of the experts and the weighted sum. A thread takes rows of the result and computes them for all experts.</summary>
sealed unsafe class ExpertDownRun(ExpertDownOp op, ActivationBuffer input, Routing routing, CpuPart[] downs, Rows output) : CpuOp
{
    public override MemoryRange[] FirstWeights(int thread, int threads, long bytes) => [];

    public override void Run(CpuStep step, int thread)
    {
        float* scratch = step.Scratch(thread);
        for (int slab = TakeNear(thread, downs[0].Slabs).Begin; slab < downs[0].Slabs; slab = TakeNear(thread, downs[0].Slabs).Begin)
        {
            (int begin, int end) = downs[0].RowsOf(slab, slab + 1);
            for (int expert = 0; expert < downs.Length; expert++)
            {
                Range rows = routing.RowsOf(expert);
                if (rows.Start.Value != rows.End.Value)
                {
                    downs[expert].Multiply(input, rows, (begin, end), scratch + (long)rows.Start.Value * Plan.SlabRows - begin, Plan.SlabRows);
                }
            }

            for (int token = 0; token < step.Tokens; token++)
            {
                float* sum = output[token] + begin;
                new Span<float>(sum, end - begin).Clear();
                for (int choice = 0; choice < op.ExpertsUsed; choice++)
                {
                    Gates.AddScaled(sum, scratch + (long)routing.Row(token, choice) * Plan.SlabRows, routing.Weight(token, choice), end - begin);
                }
            }
        }
    }
}
