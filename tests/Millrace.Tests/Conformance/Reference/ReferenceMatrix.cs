using System.Numerics;
using System.Runtime.InteropServices;
using Millrace.Formats;

namespace Millrace.Tests.Conformance.Reference;

/// <summary>A tensor of F32, F16 or BF16 in f64, and its products with inputs rounded as the format's own arithmetic rounds them (f16 inputs for F16, bf16 for BF16).</summary>
sealed class ReferenceMatrix
{
    readonly WeightType _type;
    readonly double[][] _rows;

    public ReferenceMatrix(Tensor tensor)
    {
        _type = tensor.Type;
        _rows = new double[tensor.Rows][];
        byte[] bytes = new byte[tensor.RowBytes];
        for (int row = 0; row < _rows.Length; row++)
        {
            tensor.ReadRows(row, bytes);
            _rows[row] = _type switch
            {
                WeightType.F32 => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(value => (double)value)],
                WeightType.F16 => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(value => (double)value)],
                WeightType.BF16 => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(value => (double)BitConverter.UInt32BitsToSingle((uint)value << 16))],
                _ => throw new NotSupportedException($"{tensor.Name}: no reference of {_type}"),
            };
        }
    }

    /// <summary>How many rows, over all the outer extents.</summary>
    public int Rows => _rows.Length;

    /// <summary>A row's numbers.</summary>
    public double[] Row(int row) => _rows[row];

    /// <summary>W·x over some of the rows, by default all.</summary>
    public double[] Multiply(ReadOnlySpan<double> x, int firstRow = 0, int? rows = null)
    {
        double[] input = new double[x.Length];
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = Round(x[i]);
        }

        double[] y = new double[rows ?? Rows];
        for (int row = 0; row < y.Length; row++)
        {
            y[row] = Dot(_rows[firstRow + row], input);
        }

        return y;
    }

    double Round(double x) => _type switch
    {
        WeightType.F16 => (double)(Half)(float)x,
        WeightType.BF16 => RoundToBFloat16((float)x),
        _ => x,
    };

    static float RoundToBFloat16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
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
