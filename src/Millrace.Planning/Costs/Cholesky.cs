using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Planning.Costs;

/// <summary>The triangle L of a symmetric positive definite matrix A = L·Lᵀ, row after row.</summary>
sealed class Cholesky
{
    readonly double[][] _rows;

    /// <summary>Factors a matrix whose lower triangle is given; its rows become those of L.</summary>
    /// <exception cref="PlanningException">It is not positive definite.</exception>
    public Cholesky(double[][] lower)
    {
        _rows = lower;
        for (int i = 0; i < lower.Length; i++)
        {
            double[] row = lower[i];
            for (int j = 0; j < i; j++)
            {
                row[j] = (row[j] - Dot(row.AsSpan(0, j), lower[j].AsSpan(0, j))) / lower[j][j];
            }

            double square = row[i] - Dot(row.AsSpan(0, i), row.AsSpan(0, i));
            row[i] = square > 0 ? Math.Sqrt(square) : throw new PlanningException($"measurements cannot be told apart: row {i} of their correlations");
        }
    }

    /// <summary>Makes b into x with L·x = b.</summary>
    public void Forward(Span<double> b)
    {
        for (int i = 0; i < b.Length; i++)
        {
            b[i] = (b[i] - Dot(_rows[i].AsSpan(0, i), b[..i])) / _rows[i][i];
        }
    }

    /// <summary>Makes b into x with Lᵀ·x = b.</summary>
    public void Backward(Span<double> b)
    {
        for (int i = b.Length - 1; i >= 0; i--)
        {
            double value = b[i] /= _rows[i][i];
            Span<double> row = _rows[i].AsSpan(0, i);
            for (int j = 0; j < row.Length; j++)
            {
                b[j] -= value * row[j];
            }
        }
    }

    /// <summary>The columns of L⁻¹ from their diagonal on: column j has one number less than column j − 1.</summary>
    public double[][] InverseColumns()
    {
        int size = _rows.Length;
        double[][] columns = new double[size][];
        for (int j = 0; j < size; j++)
        {
            double[] column = columns[j] = new double[size - j];
            column[0] = 1 / _rows[j][j];
            for (int i = 1; i < column.Length; i++)
            {
                double[] row = _rows[j + i];
                column[i] = -Dot(row.AsSpan(j, i), column.AsSpan(0, i)) / row[j + i];
            }
        }

        return columns;
    }

    /// <summary>The sum of products, in an order that does not depend on the machine's vectors more than by their length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(a), right = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> first = default, second = default;
        int i = 0;
        for (; i < left.Length - 1; i += 2)
        {
            first += left[i] * right[i];
            second += left[i + 1] * right[i + 1];
        }

        if (i < left.Length)
        {
            first += left[i] * right[i];
        }

        double sum = Vector.Sum(first + second);
        for (int k = left.Length * Vector<double>.Count; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }

        return sum;
    }
}
