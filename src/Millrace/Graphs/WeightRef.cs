using Millrace.Formats;

namespace Millrace.Graphs;

/// <summary>A matrix in a model file: some rows of a tensor. Two references that are equal are one matrix in memory (a tied head, say).</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Type">Its format.</param>
/// <param name="FirstRow">Where the matrix begins in it.</param>
/// <param name="Rows">Output width.</param>
/// <param name="Columns">Input width.</param>
public sealed record WeightRef(string Tensor, WeightType Type, long FirstRow, int Rows, int Columns)
{
    /// <summary>Bytes of the matrix in the file; its layout in memory takes about as many.</summary>
    public long Bytes => Type.RowBytes(Columns) * Rows;
}

/// <summary>A vector of floats in a model file: a norm's weight, a bias, factors.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Offset">Where it begins, in numbers.</param>
/// <param name="Length">How many numbers.</param>
public sealed record VectorRef(string Tensor, long Offset, int Length)
{
    /// <summary>Bytes as floats.</summary>
    public long Bytes => Length * 4L;
}
