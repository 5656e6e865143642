using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels.Vectors;

/// <summary>What kernels need of a register width: one 32-bit lane per row, whatever the lane holds at the moment (4 codes, 2 sums of 16 bits, an integer, a float).</summary>
/// <typeparam name="TVector">The register, as bytes.</typeparam>
unsafe interface ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Rows in a register: 8 or 16.</summary>
    static abstract int Rows { get; }

    static abstract TVector Load(void* from);

    static abstract void Store(void* to, TVector value);

    /// <summary>The 32 bits at an address in every lane.</summary>
    static abstract TVector Broadcast(void* from);

    static abstract TVector Bytes(byte value);

    static abstract TVector Shorts(short value);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    /// <summary>Shifts 16-bit words; bits cross from one byte to its neighbour and are masked off by the caller.</summary>
    static abstract TVector ShiftRight(TVector a, [ConstantExpected] byte bits);

    static abstract TVector ShiftLeft(TVector a, [ConstantExpected] byte bits);

    /// <summary>As <see cref="ShiftRight"/>, by a number that is not a constant.</summary>
    static abstract TVector ShiftRightBy(TVector a, int bits);

    /// <summary>A table of 16 bytes, as <see cref="Lookup"/> wants it.</summary>
    static abstract TVector Table(Vector128<byte> table);

    /// <summary>table[index] for every byte; indices are below 16.</summary>
    static abstract TVector Lookup(TVector table, TVector index);

    /// <summary>Adds products of unsigned bytes of <paramref name="codes"/> and signed bytes of <paramref name="x"/>, neighbours first added to 16 bits, to 16-bit sums.</summary>
    static abstract TVector AddProducts(TVector sum, TVector codes, TVector x);

    static abstract TVector MultiplyShorts(TVector a, TVector b);

    /// <summary>Products of signed 16-bit words, neighbours added to 32 bits.</summary>
    static abstract TVector MultiplyPairs(TVector a, TVector b);

    static abstract TVector AddInts(TVector a, TVector b);

    static abstract TVector MultiplyInts(TVector a, TVector b);

    static abstract TVector ShiftIntsLeft(TVector a, [ConstantExpected] byte bits);

    static abstract TVector MaxInts(TVector a, TVector b);

    static abstract TVector Ints(int value);

    static abstract TVector Floats(float value);

    /// <summary>Signed bytes, one a row, as integers.</summary>
    static abstract TVector SignedBytes(byte* from);

    /// <summary>Unsigned bytes, one a row, as integers.</summary>
    static abstract TVector UnsignedBytes(byte* from);

    /// <summary>Signed 16-bit words, one a row, as integers.</summary>
    static abstract TVector SignedShorts(byte* from);

    static abstract TVector ToFloats(TVector ints);

    static abstract TVector AddFloats(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector Fused(TVector a, TVector b, TVector c);

    /// <summary>c − a·b, rounded once.</summary>
    static abstract TVector FusedNegated(TVector a, TVector b, TVector c);
}

/// <summary>How products of codes and activations are summed.</summary>
/// <typeparam name="TVector">The register, as bytes.</typeparam>
unsafe interface IDot<TVector>
    where TVector : unmanaged
{
    /// <summary>Whether codes may have 8 bits and sums any length. If not, sums have 16 bits.</summary>
    static abstract bool Wide { get; }

    /// <summary>The sum before the first product: minus offset times the activations that will come, of which <paramref name="words"/> holds the sums.</summary>
    static abstract TVector Start(void* words, int offset);

    /// <summary>Adds the products of 4 columns.</summary>
    static abstract TVector Add(TVector sum, TVector codes, TVector x);

    /// <summary>The sum as one integer a lane.</summary>
    static abstract TVector Total(TVector sum);

    /// <summary>Integers, one a lane, in the form that <see cref="Scaled"/> wants.</summary>
    static abstract TVector Scales(TVector ints);

    /// <summary>The sum times a scale as one integer a lane.</summary>
    static abstract TVector Scaled(TVector sum, TVector scales);
}
