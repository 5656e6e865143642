using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Looks up embeddings and prepares the rotations of the tokens' positions.</summary>
sealed unsafe class EmbedRun(EmbedOp op, WeightMatrix table, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        Span<float> row = new(output[token], output.Width);
        table.ReadRow(step.TokenIds[token], row);
        if (op.Scale != 1)
        {
            foreach (ref float x in row)
            {
                x *= op.Scale;
            }
        }

        step.Rotate(token);
    }
}

/// <summary>Norms rows, and quantizes them while they are in cache.</summary>
sealed unsafe class NormRun(NormOp op, Rows input, float* weight, Rows? output, ActivationBuffer[] quantized) : RowOp
{
    readonly int _groupWidth = op.Input.Width / op.Groups;

    protected override int Rows(CpuStep step) => step.RowsOf(op.Input.Rows);

    protected override void Run(CpuStep step, int thread, int row)
    {
        float* y = output is { } written ? written[row] : step.Scratch(thread);
        for (int group = 0; group < op.Groups; group++)
        {
            RmsNorm.Apply(input[row] + group * _groupWidth, weight, _groupWidth, op.Epsilon, y + group * _groupWidth);
        }

        foreach (ActivationBuffer buffer in quantized)
        {
            buffer.Quantize(row, y);
        }
    }
}

/// <summary>Quantizes rows.</summary>
sealed unsafe class QuantizeRun(QuantizeOp op, Rows input, ActivationBuffer output, Routing? routing) : RowOp
{
    protected override int Rows(CpuStep step) => routing is null ? step.RowsOf(op.Input.Rows) : routing.Rows;

    protected override void Run(CpuStep step, int thread, int row)
    {
        if (routing is null || routing.IsUsed(row))
        {
            output.Quantize(row, input[row]);
        }
    }
}

/// <summary>Adds rows.</summary>
sealed unsafe class AddRun(AddOp op, Rows a, Rows b, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.RowsOf(op.Output.Rows);

    protected override void Run(CpuStep step, int thread, int row)
    {
        if (output.Pointer != a.Pointer)
        {
            Buffer.MemoryCopy(a[row], output[row], a.Width * sizeof(float), a.Width * sizeof(float));
        }

        Gates.Add(output[row], b[row], output.Width);
    }
}

/// <summary>Applies a gate to rows.</summary>
sealed unsafe class GateRun(GateOp op, Rows gate, Rows up, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.RowsOf(op.Output.Rows);

    protected override void Run(CpuStep step, int thread, int row)
    {
        if (output.Pointer != gate.Pointer)
        {
            Buffer.MemoryCopy(gate[row], output[row], gate.Width * sizeof(float), gate.Width * sizeof(float));
        }

        Gates.Apply(op.Activation, output[row], up[row], output.Width);
    }
}

/// <summary>Copies the rows of the slice that the head is computing.</summary>
sealed unsafe class SelectRowsRun(Rows input, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.HeadCount;

    protected override void Run(CpuStep step, int thread, int row)
    {
        float* source = input[step.LogitTokens[step.HeadBegin + row]];
        Buffer.MemoryCopy(source, output[row], output.Width * sizeof(float), output.Width * sizeof(float));
    }
}
