using System.Numerics;
using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Tests.Conformance.Reference;

/// <summary>A tensor in f64, and its products. Blocks are decoded by the library, which is held to their definitions elsewhere.</summary>
sealed class ReferenceMatrix
{
    readonly double[][] _rows;

    public ReferenceMatrix(Tensor tensor)
    {
        _rows = new double[tensor.Rows][];
        byte[] bytes = new byte[tensor.RowBytes];
        for (int row = 0; row < _rows.Length; row++)
        {
            tensor.ReadRows(row, bytes);
            _rows[row] = tensor.Type switch
            {
                WeightType.F32 => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
                WeightType.F16 => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(value => (double)value)],
                WeightType.BF16 => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(value => (double)BitConverter.UInt32BitsToSingle((uint)value << 16))],
                _ => Decode(tensor, bytes),
            };
        }
    }

    /// <summary>How many rows, over all the outer extents.</summary>
    public int Rows => _rows.Length;

    /// <summary>A row's numbers.</summary>
    public double[] Row(int row) => _rows[row];

    /// <summary>W·x over some of the rows, by default all.</summary>
    public double[] Multiply(double[] x, int firstRow = 0, int? rows = null)
    {
        double[] y = new double[rows ?? Rows];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = Dot(_rows[firstRow + row], x);
        }

        return y;
    }

    static double[] Decode(Tensor tensor, byte[] row)
    {
        using WeightMatrix matrix = WeightMatrix.Load(tensor.Type, 1, (int)tensor.Columns, row);
        float[] values = new float[tensor.Columns];
        matrix.ReadRow(0, values);
        return [.. values.Select(value => (double)value)];
    }

    static double Dot(double[] a, double[] b)
    {
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            sums += new Vector<double>(a, i) * new Vector<double>(b, i);
        }

        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
