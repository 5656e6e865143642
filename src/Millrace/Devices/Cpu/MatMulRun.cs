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
    /// <param name="rows">The rows.</param>
    /// <param name="y">Row 0 of the first of the tokens.</param>
    /// <param name="stride">From token to token.</param>
    public void Multiply(ActivationBuffer x, Range tokens, (int Begin, int End) rows, float* y, int stride)
    {
        int begin = tokens.Start.Value;
        int end = tokens.End.Value;
        Weight.Multiply(x, begin, end, rows.Begin, rows.End, y, stride);
        if (Scale != 0)
        {
            for (int token = 0; token < end - begin; token++)
            {
                Gates.Scale(y + (long)token * stride + rows.Begin, *(float*)Scale, rows.End - rows.Begin);
            }
        }

        if (Bias != 0)
        {
            for (int token = 0; token < end - begin; token++)
            {
                Gates.Add(y + (long)token * stride + rows.Begin, (float*)Bias + rows.Begin, rows.End - rows.Begin);
            }
        }
    }

    /// <summary>Computes rows of <paramref name="gate"/> into <paramref name="output"/>, the same of <paramref name="up"/> into scratch, and applies the one to the other while both are in cache.</summary>
    public static void MultiplyGated(GateKind kind, CpuPart gate, CpuPart up, ActivationBuffer x, Range tokens, (int Begin, int End) rows, Rows output, float* scratch)
    {
        (int begin, int end) = rows;
        int first = tokens.Start.Value;
        int count = tokens.End.Value - first;
        gate.Multiply(x, tokens, (begin, end), output[first], output.Width);
        up.Multiply(x, tokens, (begin, end), scratch - begin, end - begin);
        for (int token = 0; token < count; token++)
        {
            Gates.Apply(kind, output[first + token] + begin, scratch + token * (end - begin), end - begin);
        }
    }

    /// <summary>The rows of slabs.</summary>
    /// <param name="begin">The first slab.</param>
    /// <param name="end">One past the last.</param>
    public (int Begin, int End) RowsOf(int begin, int end) => (begin * Plan.SlabRows, Math.Min(Weight.Rows, end * Plan.SlabRows));
}

/// <summary>Products over one input. A thread takes a slab of rows, computes it for all tokens, and does to it what was fused into the op.</summary>
/// <remarks>With few tokens memory is the limit, and it stands still while a thread takes a slab and begins with it: several are taken at once then.</remarks>
sealed unsafe class MatMulRun(MatMulOp op, ActivationBuffer input, CpuPart[] parts, Rows residual, Rows output) : CpuOp
{
    const int MostSlabs = 16;

    readonly int _slabs = op.Gate is null ? parts.Sum(part => part.Slabs) : parts[0].Slabs;

    public override void Run(CpuStep step, int thread)
    {
        int tokens = step.RowsOf(op.Input.Rows);
        int most = tokens <= CpuStep.FewTokens ? Math.Clamp(step.MaxTokens / Math.Max(1, tokens), 1, MostSlabs) : 1; // scratch has room for a slab of all tokens
        for ((int begin, int end) = TakeNear(thread, _slabs, most); begin < end; (begin, end) = TakeNear(thread, _slabs, most))
        {
            if (op.Gate is not null || op.Residual is not null)
            {
                Compute(parts[0].RowsOf(begin, end), tokens, step.Scratch(thread));
                continue;
            }

            while (begin < end)
            {
                (CpuPart part, int slab) = Find(begin);
                int count = Math.Min(end - begin, part.Slabs - slab);
                part.Multiply(input, 0..tokens, part.RowsOf(slab, slab + count), part.Output[0], part.Output.Width);
                begin += count;
            }
        }
    }

    public override MemoryRange[] FirstWeights(int thread, int threads, long bytes)
    {
        List<MemoryRange> ranges = [];
        (int begin, int end) = Share(thread, threads, _slabs);
        for (int slab = begin; slab < end && bytes > 0; slab++)
        {
            (CpuPart part, int own) = Find(slab);
            Add(part, own);
            if (op.Gate is not null)
            {
                Add(parts[1], own);
            }
        }

        return [.. ranges];

        void Add(CpuPart part, int slab)
        {
            (int first, int last) = part.RowsOf(slab, slab + 1);
            (nint from, nint to) = part.Weight.Memory(first, last);
            nint length = (nint)Math.Min(to - from, bytes);
            bytes -= length;
            if (length > 0)
            {
                ranges.Add(new MemoryRange(from, from + length));
            }
        }
    }

    /// <summary>Rows of a product that something is fused into.</summary>
    void Compute((int Begin, int End) rows, int tokens, float* scratch)
    {
        if (op.Gate is { } gate)
        {
            CpuPart.MultiplyGated(gate, parts[0], parts[1], input, 0..tokens, rows, output, scratch);
            return;
        }

        int count = rows.End - rows.Begin;
        parts[0].Multiply(input, 0..tokens, rows, scratch - rows.Begin, count);
        for (int token = 0; token < tokens; token++)
        {
            Gates.Add(output[token] + rows.Begin, residual[token] + rows.Begin, scratch + token * count, count);
        }
    }

    /// <summary>Whose slab it is. Of gate and up, which are computed together, the first.</summary>
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
