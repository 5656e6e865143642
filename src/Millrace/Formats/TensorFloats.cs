using Millrace.Formats.Blocks;

namespace Millrace.Formats;

/// <summary>Reading small tensors (norms, biases, factors) as floats.</summary>
public static class TensorFloats
{
    extension(Tensor tensor)
    {
        /// <summary>All numbers of the tensor, row after row.</summary>
        /// <exception cref="ModelFormatException">The file ended early or changed since it was opened.</exception>
        public float[] ReadFloats()
        {
            byte[] bytes = new byte[checked((int)tensor.ByteLength)];
            tensor.ReadRows(0, bytes);
            float[] values = new float[checked((int)(tensor.Columns * tensor.Rows))];
            int row = (int)tensor.RowBytes;
            for (int i = 0; i < tensor.Rows; i++)
            {
                RowDecoder.Dequantize(tensor.Type, bytes.AsSpan(i * row, row), values.AsSpan((int)(i * tensor.Columns), (int)tensor.Columns));
            }

            return values;
        }
    }
}
