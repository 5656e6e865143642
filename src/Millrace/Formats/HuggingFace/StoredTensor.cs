using Millrace.Formats.Safetensors;

namespace Millrace.Formats.HuggingFace;

/// <summary>A tensor whose rows are those in the file.</summary>
/// <param name="entry">The tensor in the file, of 1 to 4 extents.</param>
/// <param name="name">The name, as GGUF spells it.</param>
/// <param name="scales">The scales of FP8 weights, or null.</param>
sealed class StoredTensor(SafetensorsEntry entry, string name, TensorScales? scales) : Tensor(name, entry.WeightType, ShapeOf(entry))
{
    public override TensorScales? Scales => scales;

    public override long RowBytes => Type.RowBytes(Columns);

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        entry.File.Read(entry.Offset + firstRow * RowBytes, destination, entry.Name);
    }

    // GGUF counts extents from the innermost.
    static long[] ShapeOf(SafetensorsEntry entry) => entry.Shape is { Length: >= 1 and <= 4 } && entry.Bytes > 0
        ? [.. entry.Shape.Reverse()]
        : throw entry.Wrong("1 to 4 extents of at least 1", entry.ShapeText);
}
