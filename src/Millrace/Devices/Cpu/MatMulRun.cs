using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>A matrix in memory, its bias and scale (0 where there is none), and where its result goes.</summary>
unsafe readonly record struct CpuPart(WeightMatrix Weight, nint Bias, nint Scale, Rows Output)
{
    /// <summary>Slabs of rows.</summary>
    public int Slabs => (Weight.Rows + Plan.SlabRows - 1) / Plan.SlabRows;

    /// <summary>Computes rows of the result for tokens of the input, scale and bias included.</summary>
    /// <param name="x">The input.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="slab">The rows.</param>
    /// <param name="y">Row 0 of the first of the tokens.</param>
    /// <param name="stride">From token to token.</param>
    public void Multiply(ActivationBuffer x, Range tokens, (int Begin, int End) slab, float* y, int stride)
    {
        int begin = tokens.Start.Value;
        int end = tokens.End.Value;
        Weight.Multiply(x, begin, end, slab.Begin, slab.End, y, stride);
        if (Scale != 0)
        {
            for (int token = 0; token < end - begin; token++)
            {
                Gates.Scale(y + (long)token * stride + slab.Begin, *(float*)Scale, slab.End - slab.Begin);
            }
        }

        if (Bias != 0)
        {
            for (int token = 0; token < end - begin; token++)
            {
                Gates.Add(y + (long)token * stride + slab.Begin, (float*)Bias + slab.Begin, slab.End - slab.Begin);
            }
        }
    }

    /// <summary>Computes a slab of <paramref name="gate"/> into <paramref name="output"/>, the same of <paramref name="up"/> into scratch, and applies the one to the other while both are in cache.</summary>
    public static void MultiplyGated(GateKind kind, CpuPart gate, CpuPart up, ActivationBuffer x, Range tokens, int slab, Rows output, float* scratch)
    {
        (int begin, int end) = gate.Slab(slab);
        int first = tokens.Start.Value;
        int count = tokens.End.Value - first;
        gate.Multiply(x, tokens, (begin, end), output[first], output.Width);
        up.Multiply(x, tokens, (begin, end), scratch - begin, Plan.SlabRows);
        for (int row = 0; row < count; row++)
        {
            Gates.Apply(kind, output[first + row] + begin, scratch + row * Plan.SlabRows, end - begin);
        }
    }

    /// <summary>The rows of a slab.</summary>
    public (int Begin, int End) Slab(int index) => (index * Plan.SlabRows, Math.Min(Weight.Rows, (index + 1) * Plan.SlabRows));
}

/// <summary>Products over one input. A thread takes a slab of rows, computes it for all tokens, and does to it what was fused into the op.</summary>
sealed unsafe class MatMulRun(MatMulOp op, ActivationBuffer input, CpuPart[] parts, Rows residual, Rows output) : CpuOp
{
    readonly int _slabs = op.Gate is null ? parts.Sum(part => part.Slabs) : parts[0].Slabs;

    public override void Run(CpuStep step, int thread)
    {
        int tokens = step.RowsOf(op.Input.Rows);
        float* scratch = step.Scratch(thread);
        for (int index = TakeNear(thread, _slabs); index < _slabs; index = TakeNear(thread, _slabs))
        {
            if (op.Gate is { } gate)
            {
                CpuPart.MultiplyGated(gate, parts[0], parts[1], input, 0..tokens, index, output, scratch);
            }
            else if (op.Residual is not null)
            {
                (int begin, int end) = parts[0].Slab(index);
                parts[0].Multiply(input, 0..tokens, (begin, end), scratch - begin, Plan.SlabRows);
                for (int token = 0; token < tokens; token++)
                {
                    Gates.Add(output[token] + begin, residual[token] + begin, scratch + token * Plan.SlabRows, end - begin);
                }
            }
            else
            {
                (CpuPart part, int slab) = Find(index);
                part.Multiply(input, 0..tokens, part.Slab(slab), part.Output[0], part.Output.Width);
            }
        }
    }

    (CpuPart Part, int Slab) Find(int index)
    {
        int part = 0;
        while (index >= parts[part].Slabs)
        {
            index -= parts[part++].Slabs;
        }

        return (parts[part], index);
    }
}
