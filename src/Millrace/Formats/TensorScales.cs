namespace Millrace.Formats;

/// <summary>What the numbers of a tensor are multiplied with besides: the scales of FP8 checkpoints, one for each tile of rows and columns. Weight [row, column] is the number in the file times <c>scales[row, column]</c>.</summary>
/// <remarks>One scale for the tensor, one for each row, and blocks of 128 × 128 are all tiles. A tile is either as wide as the row or a multiple of 32 columns wide, so a kernel may take one scale for each 32 columns.</remarks>
public sealed class TensorScales
{
    readonly float[] _values;
    readonly long _across;

    /// <summary>Creates the scales of a tensor.</summary>
    /// <param name="rowsPerScale">Rows of a tile, at least 1.</param>
    /// <param name="columnsPerScale">Columns of a tile: a multiple of 32, or at least <paramref name="columns"/>.</param>
    /// <param name="columns">Columns of the tensor.</param>
    /// <param name="values">The scales, a row of tiles after the other; the last tile of each row and the last row of tiles may be partial.</param>
    public TensorScales(long rowsPerScale, long columnsPerScale, long columns, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerScale, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columnsPerScale, 1);
        if (columnsPerScale < columns && columnsPerScale % 32 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(columnsPerScale), columnsPerScale, "a multiple of 32 or the whole row");
        }

        RowsPerScale = rowsPerScale;
        ColumnsPerScale = columnsPerScale;
        _across = (columns + columnsPerScale - 1) / columnsPerScale;
        _values = values;
    }

    /// <summary>Rows of a tile.</summary>
    public long RowsPerScale { get; }

    /// <summary>Columns of a tile.</summary>
    public long ColumnsPerScale { get; }

    /// <summary>The scale of a weight.</summary>
    public float this[long row, long column] => _values[row / RowsPerScale * _across + column / ColumnsPerScale];

    /// <summary>The scales of the tiles that a row runs through, from the left.</summary>
    public ReadOnlySpan<float> Row(long row) => _values.AsSpan((int)(row / RowsPerScale * _across), (int)_across);
}
