namespace Millrace.Kernels;

/// <summary>Input vectors of a matrix product, <c>[tokens, columns]</c>, in the form that a <see cref="WeightMatrix"/> wants. Owned by whoever made it; sized once.</summary>
public abstract unsafe class ActivationBuffer : IDisposable
{
    /// <summary>The form.</summary>
    public abstract ActivationKind Kind { get; }

    /// <summary>Numbers in a vector.</summary>
    public abstract int Columns { get; }

    /// <summary>A range of tokens given to <see cref="WeightMatrix.Multiply"/> begins at a multiple of this, so that a layout may interleave neighbours; each range is filled from there on.</summary>
    public const int TokenAlignment = 16;

    /// <summary>Fills one vector. Threads may fill different tokens at once.</summary>
    /// <param name="token">Which.</param>
    /// <param name="x">[columns].</param>
    public abstract void Quantize(int token, float* x);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
