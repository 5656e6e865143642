namespace Millrace.Formats.HuggingFace;

/// <summary>A tensor whose rows are rows of others in another order: experts stacked, heads permuted, halves parted.</summary>
sealed class RowMapTensor : Tensor
{
    readonly Tensor[] _sources;
    readonly Func<long, (int Source, long Row)> _map;

    /// <summary>Creates the tensor.</summary>
    /// <param name="name">The name, as GGUF spells it.</param>
    /// <param name="shape">Extents, innermost first.</param>
    /// <param name="sources">Tensors of one type and row length.</param>
    /// <param name="map">Where each row comes from.</param>
    /// <param name="unit">So many rows at a time, counted from 0, come from so many rows of one source, counted likewise, if in another order: what scales need to know.</param>
    public RowMapTensor(string name, long[] shape, Tensor[] sources, Func<long, (int Source, long Row)> map, long unit)
        : base(name, sources[0].Type, shape)
    {
        _sources = sources;
        _map = map;
        Scales = MapScales(unit);
    }

    public override TensorScales? Scales { get; }

    public override long RowBytes => _sources[0].RowBytes;

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        long end = firstRow + destination.Length / RowBytes;
        for (long row = firstRow; row < end;)
        {
            // Rows that follow each other in a source are read at once.
            (int source, long from) = _map(row);
            long count = 1;
            while (row + count < end && _map(row + count) == (source, from + count))
            {
                count++;
            }

            int bytes = (int)(count * RowBytes);
            _sources[source].ReadRows(from, destination[..bytes]);
            destination = destination[bytes..];
            row += count;
        }
    }

    TensorScales? MapScales(long unit)
    {
        if (_sources[0].Scales is not { } first)
        {
            return null;
        }

        // A scale whose rows are whole units keeps one value for each unit; any other is told row by row.
        long rows = first.RowsPerScale % unit == 0 ? unit : 1;
        List<float> values = [];
        for (long row = 0; row < Rows; row += rows)
        {
            (int source, long from) = _map(row);
            values.AddRange(_sources[source].Scales!.Row(from));
        }

        return new TensorScales(rows, first.ColumnsPerScale, Columns, [.. values]);
    }
}
