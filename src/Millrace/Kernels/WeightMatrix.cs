using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>A weight matrix <c>[rows, columns]</c> in native memory, laid out for this machine's kernels. The one place where an engine meets a weight format.</summary>
/// <remarks>Every output element is computed by the same arithmetic in the same order whatever the number of tokens, the chunk of rows, the threads or the instruction set: equal inputs give equal bits.</remarks>
public abstract unsafe class WeightMatrix : IDisposable
{
    /// <summary>The format of the weights.</summary>
    public abstract WeightType Type { get; }

    /// <summary>Output width.</summary>
    public abstract int Rows { get; }

    /// <summary>Input width.</summary>
    public abstract int Columns { get; }

    /// <summary>Bytes that one pass over the matrix reads.</summary>
    public abstract long Bytes { get; }

    /// <summary>What <see cref="Multiply"/> wants its input quantized to.</summary>
    public abstract ActivationKind Activation { get; }

    /// <summary>The name of the kernel that runs, as <c>explain</c> prints it.</summary>
    public abstract string Kernel { get; }

    /// <summary>Rows are cut between threads at multiples of this.</summary>
    public abstract int RowAlignment { get; }

    /// <summary>y[token, row] = Σ weight[row, k] · x[token, k] for a range of tokens and a range of rows.</summary>
    /// <param name="x">[tokens, columns], quantized to <see cref="Activation"/>.</param>
    /// <param name="tokenBegin">The first token, a multiple of <see cref="ActivationBuffer.TokenAlignment"/> (the rows of one expert begin there).</param>
    /// <param name="tokenEnd">One past the last token; any.</param>
    /// <param name="rowBegin">The first row, a multiple of <see cref="RowAlignment"/>.</param>
    /// <param name="rowEnd">One past the last row: a multiple too, or <see cref="Rows"/>.</param>
    /// <param name="y">Where row 0 of token <paramref name="tokenBegin"/> would stand; only rows of the range are written. It may point before the caller's memory, as <c>scratch - rowBegin</c>.</param>
    /// <param name="stride">Floats from one token's output to the next one's.</param>
    public abstract void Multiply(ActivationBuffer x, int tokenBegin, int tokenEnd, int rowBegin, int rowEnd, float* y, int stride);

    /// <summary>Writes one row as floats, exactly as the format defines them.</summary>
    /// <param name="row">The row.</param>
    /// <param name="destination">[columns].</param>
    public abstract void ReadRow(int row, Span<float> destination);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
