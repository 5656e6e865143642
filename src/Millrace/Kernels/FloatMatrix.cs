using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Formats;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>A matrix of floats. A panel holds run after run of columns, for each column the weights of 16 rows, and after each run of a scaled format the rows' scales.</summary>
sealed unsafe class FloatMatrix<TFormat> : WeightMatrix
    where TFormat : struct, IFloatFormat
{
    // Columns of a run: what is summed before it is scaled and added to the rest.
    const int LongRun = 128;
    const int ShortRun = 32;

    readonly int _run;

    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="columnsPerScale">Columns of a row under one scale: all of them or a multiple of 32.</param>
    public FloatMatrix(int rows, int columns, long columnsPerScale)
        : base(rows, columns, PanelBytes(columns, RunOf(columns, columnsPerScale))) => _run = RunOf(columns, columnsPerScale);

    /// <inheritdoc/>
    public override WeightType Type => TFormat.Type;

    private protected override bool PutRows(byte* panel, byte* rows, int count)
    {
        bool finite = true;
        for (int row = 0; row < count; row++, rows += (nint)Columns * TFormat.Bytes)
        {
            finite &= PutRow(panel, row, rows);
        }

        return finite;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool PutRow(byte* panel, int row, byte* from)
    {
        bool finite = true;
        for (int run = 0; run < Columns; run += _run)
        {
            byte* to = Weights(panel, run, row);
            int end = Math.Min(run + _run, Columns);
            for (int k = run; k < end; k++, to += PanelRows * TFormat.Bytes)
            {
                byte* weight = from + (nint)k * TFormat.Bytes;
                finite &= float.IsFinite(TFormat.Value(weight));
                if (TFormat.Bytes == 1)
                {
                    *to = *weight;
                }
                else if (TFormat.Bytes == 2)
                {
                    *(ushort*)to = *(ushort*)weight;
                }
                else
                {
                    *(uint*)to = *(uint*)weight;
                }
            }

            if (TFormat.Scaled)
            {
                *Scale(panel, run, row) = 1;
            }
        }

        return finite;
    }

    private protected override void PutScales(byte* panel, int row, TensorScales scales, long scaleRow)
    {
        if (!TFormat.Scaled)
        {
            base.PutScales(panel, row, scales, scaleRow);
        }

        for (int run = 0; run < Columns; run += _run)
        {
            *Scale(panel, run, row) = scales[scaleRow, run];
        }
    }

    private protected override void ReadRow(byte* panel, int row, float* to)
    {
        for (int k = 0; k < Columns; k++)
        {
            float value = TFormat.Value(Weights(panel, k, row));
            to[k] = TFormat.Scaled ? value * *Scale(panel, k / _run * _run, row) : value;
        }
    }

    private protected override void Run(KernelPath path, in Product product)
    {
        Product runs = product with { RunColumns = _run };
        switch (path)
        {
            case KernelPath.Avx2: TileRunner<FloatTiles<TFormat, Lanes256, Vector256<byte>, Two>, Lanes256, Vector256<byte>, Two>.Run(runs); break;
            case KernelPath.Avx512 when product.Tokens == 1: TileRunner<FloatTiles<TFormat, Lanes512, Vector512<byte>, One>, Lanes512, Vector512<byte>, One>.Run(runs); break;
            case KernelPath.Avx512: TileRunner<FloatTiles<TFormat, Lanes512, Vector512<byte>, Two>, Lanes512, Vector512<byte>, Two>.Run(runs); break;
            default: ScalarFloatKernel<TFormat>.Run(runs); break;
        }
    }

    static int RunOf(int columns, long columnsPerScale) => columnsPerScale >= columns || columnsPerScale % LongRun == 0 ? LongRun : ShortRun;

    static long PanelBytes(int columns, int run) =>
        (long)columns * PanelRows * TFormat.Bytes + (TFormat.Scaled ? (columns + run - 1) / run * (long)PanelRows * sizeof(float) : 0);

    byte* Weights(byte* panel, int column, int row) =>
        panel + PanelBytes(column / _run * _run, _run) + (column % _run * PanelRows + row) * (nint)TFormat.Bytes;

    // The scales of the run that begins at a column.
    float* Scale(byte* panel, int column, int row) =>
        (float*)(panel + PanelBytes(column, _run) + (nint)Math.Min(_run, Columns - column) * PanelRows * TFormat.Bytes) + row;
}
