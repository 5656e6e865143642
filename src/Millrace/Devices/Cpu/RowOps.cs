using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>Looks up embeddings and prepares the rotations of the tokens' positions.</summary>
sealed unsafe class EmbedRun(EmbedOp op, WeightMatrix table, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        for (int token = Take(); token < step.Tokens; token = Take())
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
}

/// <summary>Norms rows, and quantizes them while they are in cache.</summary>
sealed unsafe class NormRun(NormOp op, Rows input, float* weight, Rows? output, ActivationBuffer[] quantized) : CpuOp
{
    readonly int _groupWidth = op.Input.Width / op.Groups;

    public override void Run(CpuStep step, int thread)
    {
        int rows = step.RowsOf(op.Input.Rows);
        for (int row = Take(); row < rows; row = Take())
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
}

/// <summary>Quantizes rows.</summary>
sealed unsafe class QuantizeRun(QuantizeOp op, Rows input, ActivationBuffer output, Routing? routing) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        int rows = routing is null ? step.RowsOf(op.Input.Rows) : routing.Rows;
        for (int row = Take(); row < rows; row = Take())
        {
            if (routing is null || routing.IsUsed(row))
            {
                output.Quantize(row, input[row]);
            }
        }
    }
}

/// <summary>Adds rows.</summary>
sealed unsafe class AddRun(AddOp op, Rows a, Rows b, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        int rows = step.RowsOf(op.Output.Rows);
        for (int row = Take(); row < rows; row = Take())
        {
            if (output.Pointer != a.Pointer)
            {
                Buffer.MemoryCopy(a[row], output[row], a.Width * sizeof(float), a.Width * sizeof(float));
            }

            Gates.Add(output[row], b[row], output.Width);
        }
    }
}

/// <summary>Applies a gate to rows.</summary>
sealed unsafe class GateRun(GateOp op, Rows gate, Rows up, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        int rows = step.RowsOf(op.Output.Rows);
        for (int row = Take(); row < rows; row = Take())
        {
            if (output.Pointer != gate.Pointer)
            {
                Buffer.MemoryCopy(gate[row], output[row], gate.Width * sizeof(float), gate.Width * sizeof(float));
            }

            Gates.Apply(op.Activation, output[row], up[row], output.Width);
        }
    }
}

/// <summary>Copies the rows of the slice that the head is computing.</summary>
sealed unsafe class SelectRowsRun(Rows input, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        for (int row = Take(); row < step.HeadCount; row = Take())
        {
            float* source = input[step.LogitTokens[step.HeadBegin + row]];
            Buffer.MemoryCopy(source, output[row], output.Width * sizeof(float), output.Width * sizeof(float));
        }
    }
}
