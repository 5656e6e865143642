using Millrace.Formats.Blocks;

namespace Millrace.Formats.HuggingFace;

/// <summary>A small tensor (norm, bias, router) as F32, as GGUF files hold them: its columns picked by a map, and a number added to each.</summary>
/// <param name="source">A tensor of F32, F16 or BF16.</param>
/// <param name="columns">How many columns there are.</param>
/// <param name="map">Which column of the source each comes from.</param>
/// <param name="shift">What is added.</param>
sealed class WidenedTensor(Tensor source, long columns, Func<long, long> map, float shift)
    : Tensor(source.Name, WeightType.F32, [columns, .. source.Shape.Skip(1)])
{
    public override long RowBytes => columns * sizeof(float);

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        byte[] row = new byte[source.RowBytes];
        float[] values = new float[source.Columns];
        Span<float> weights = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(destination);
        for (long next = firstRow; weights.Length > 0; next++, weights = weights[(int)columns..])
        {
            source.ReadRows(next, row);
            RowDecoder.Dequantize(source.Type, row, values);
            for (int i = 0; i < columns; i++)
            {
                weights[i] = values[map(i)] + shift;
            }
        }
    }
}
