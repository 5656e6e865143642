using Millrace.Formats;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>A matrix of floats.</summary>
sealed unsafe class FloatMatrix<TFormat>(int rows, int columns) : WeightMatrix(rows, columns, (long)columns * PanelRows * TFormat.Bytes)
    where TFormat : struct, IFloatFormat
{
    /// <inheritdoc/>
    public override WeightType Type => TFormat.Type;

    private protected override bool IsWide => false;

    private protected override void PutRow(byte* panel, int row, byte* from)
    {
        for (int k = 0; k < Columns; k++)
        {
            for (int i = 0; i < TFormat.Bytes; i++)
            {
                panel[((nint)k * PanelRows + row) * TFormat.Bytes + i] = from[(nint)k * TFormat.Bytes + i];
            }
        }
    }

    private protected override void ReadRow(byte* panel, int row, float* to)
    {
        for (int k = 0; k < Columns; k++)
        {
            to[k] = TFormat.Value(panel + ((nint)k * PanelRows + row) * TFormat.Bytes);
        }
    }

    private protected override void Run(in Product product) => ScalarFloatKernel<TFormat>.Run(product);
}
