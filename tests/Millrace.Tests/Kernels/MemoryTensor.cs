using Millrace.Formats;

namespace Millrace.Tests.Kernels;

/// <summary>A tensor whose rows stand in an array, with scales if there are any.</summary>
sealed class MemoryTensor(WeightType type, int columns, byte[] bytes, TensorScales? scales = null)
    : Tensor("some.weight", type, [columns, bytes.Length / type.RowBytes(columns)])
{
    /// <summary>The first row that cannot be read.</summary>
    public long FailFrom { get; init; } = long.MaxValue;

    public override long RowBytes => Type.RowBytes(Columns);

    public override TensorScales? Scales => scales;

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        if (firstRow + destination.Length / RowBytes > FailFrom)
        {
            throw new ModelFormatException("some.gguf", Name, -1, "a row", "the end of the file");
        }

        bytes.AsSpan((int)(firstRow * RowBytes), destination.Length).CopyTo(destination);
    }
}
