using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>Reads rows of a tensor and lays them out, many threads at once; each holds a few panels of the file at a time.</summary>
sealed unsafe class PanelBuilder(WeightMatrix matrix, Tensor tensor, long firstRow) : IParallelWork
{
    const int BytesAtOnce = 1 << 20;

    // Rows read at once: at least a panel, so that no two threads write into the same one.
    readonly int _rowsAtOnce = (int)Math.Clamp(BytesAtOnce / tensor.RowBytes / WeightMatrix.PanelRows, 1, 64) * WeightMatrix.PanelRows;
    int _next;

    /// <inheritdoc/>
    public void Run(int thread)
    {
        byte[] buffer = new byte[checked((int)(_rowsAtOnce * tensor.RowBytes))];
        while (true)
        {
            long begin = (long)(Interlocked.Increment(ref _next) - 1) * _rowsAtOnce;
            if (begin >= matrix.Rows)
            {
                return;
            }

            int count = (int)Math.Min(_rowsAtOnce, matrix.Rows - begin);
            Span<byte> rows = buffer.AsSpan(0, (int)(count * tensor.RowBytes));
            tensor.ReadRows(firstRow + begin, rows);
            fixed (byte* first = rows)
            {
                matrix.FillPanels(first, (int)begin, count, tensor.Scales, firstRow);
            }
        }
    }
}
