namespace Millrace.Formats;

/// <summary>A named tensor in a model file: what it is, and how to read its bytes. Names are GGUF's (<c>blk.0.attn_q.weight</c>), whatever the file.</summary>
public abstract class Tensor(string name, WeightType type, long[] shape)
{
    /// <summary>The name, as GGUF spells it.</summary>
    public string Name { get; } = name;

    /// <summary>The type of its numbers.</summary>
    public WeightType Type { get; } = type;

    /// <summary>Extents, innermost first as in GGUF: <c>[columns, rows, experts]</c>; 1 to 4 of them, each at least 1.</summary>
    public IReadOnlyList<long> Shape { get; } = shape;

    /// <summary>Numbers in a row: the innermost extent.</summary>
    public long Columns => Shape[0];

    /// <summary>Rows in all: the product of the extents but the innermost.</summary>
    public long Rows { get; } = shape.Skip(1).Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Bytes of one row, a whole number of blocks.</summary>
    public abstract long RowBytes { get; }

    /// <summary>Bytes of the whole tensor.</summary>
    public long ByteLength => checked(RowBytes * Rows);

    /// <summary>What the numbers are multiplied with besides, or null: FP8 tensors of safetensors have it, no others.</summary>
    public virtual TensorScales? Scales => null;

    /// <summary>Reads whole rows, in GGUF's block layout, not multiplied with <see cref="Scales"/>.</summary>
    /// <param name="firstRow">The first row, counted over all the outer extents.</param>
    /// <param name="destination">Receives <c>destination.Length / RowBytes</c> rows; its length is a multiple of <see cref="RowBytes"/>.</param>
    /// <exception cref="ModelFormatException">The file ended early or changed since it was opened.</exception>
    public abstract void ReadRows(long firstRow, Span<byte> destination);

    /// <summary>Checks the arguments of <see cref="ReadRows"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rows are not whole, or not all in the tensor.</exception>
    protected void CheckRows(long firstRow, int length)
    {
        (long rows, long rest) = Math.DivRem(length, RowBytes);
        if (rest != 0 || firstRow < 0 || firstRow > Rows - rows)
        {
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"{Name}: {length} bytes from row {firstRow} are not whole rows of {RowBytes} bytes among {Rows}");
        }
    }
}
