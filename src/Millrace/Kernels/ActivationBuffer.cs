using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>Input vectors of a matrix product, <c>[tokens, columns]</c>, in the form that a <see cref="WeightMatrix"/> wants. Owned by whoever made it; sized once.</summary>
public sealed unsafe class ActivationBuffer : IDisposable
{
    /// <summary>A range of tokens given to <see cref="WeightMatrix.Multiply"/> begins at a multiple of this, so that a layout may interleave neighbours; each range is filled from there on.</summary>
    public const int TokenAlignment = 16;

    readonly ActivationLayout _layout;
    readonly byte* _memory;
    readonly int _maxTokens;
    bool _disposed;

    ActivationBuffer(ActivationKind kind, int maxTokens, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        _layout = new ActivationLayout(kind, columns);
        Kind = kind;
        Columns = columns;
        _maxTokens = maxTokens;
        nuint bytes = checked((nuint)maxTokens * (nuint)_layout.Stride);
        _memory = (byte*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_memory, bytes);
    }

    /// <summary>The form.</summary>
    public ActivationKind Kind { get; }

    /// <summary>Numbers in a vector.</summary>
    public int Columns { get; }

    /// <summary>How many vectors there is room for.</summary>
    public int MaxTokens => _maxTokens;

    internal ActivationLayout Layout => _layout;

    /// <summary>Makes a buffer.</summary>
    /// <param name="kind">The form.</param>
    /// <param name="maxTokens">Room for so many vectors.</param>
    /// <param name="columns">Numbers in a vector; whole blocks of the form.</param>
    public static ActivationBuffer Create(ActivationKind kind, int maxTokens, int columns) => new(kind, maxTokens, columns);

    /// <summary>Fills one vector. Threads may fill different tokens at once. A block with a number that is not finite becomes NaN.</summary>
    /// <param name="token">Which.</param>
    /// <param name="x">[columns].</param>
    public void Quantize(int token, float* x)
    {
        byte* record = Record(token);
        switch (Kind)
        {
            case ActivationKind.F32:
                new ReadOnlySpan<float>(x, Columns).CopyTo(new Span<float>(record, Columns));
                break;
            case ActivationKind.F16:
                Quantizer.RoundToHalf(x, (float*)record, Columns);
                break;
            case ActivationKind.BF16:
                Quantizer.RoundToBFloat(x, (float*)record, Columns);
                break;
            case ActivationKind.Q8_0:
                Quantizer.BlocksOf32(x, record, _layout, Columns);
                break;
            default:
                Quantizer.BlocksOf256(x, record, _layout, Columns);
                break;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            NativeMemory.AlignedFree(_memory);
        }
    }

    /// <summary>The record of a token.</summary>
    internal byte* Record(int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_maxTokens, nameof(token));
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _memory + (nint)token * _layout.Stride;
    }
}
