using System.Runtime.InteropServices;
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
        // Not from the collector's heap: a model has hundreds of matrices, and what each left behind would count as resident.
        nuint size = checked((nuint)_rowsAtOnce * (nuint)tensor.RowBytes);
        byte* buffer = (byte*)NativeMemory.Alloc(size);
        try
        {
            while (true)
            {
                long begin = (long)(Interlocked.Increment(ref _next) - 1) * _rowsAtOnce;
                if (begin >= matrix.Rows)
                {
                    return;
                }

                int count = (int)Math.Min(_rowsAtOnce, matrix.Rows - begin);
                tensor.ReadRows(firstRow + begin, new Span<byte>(buffer, checked((int)(count * tensor.RowBytes))));
                matrix.FillPanels(buffer, (int)begin, count, tensor.Scales, firstRow);
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }
}
