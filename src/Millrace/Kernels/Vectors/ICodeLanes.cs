using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels.Vectors;

/// <summary>What formats need of a register width to turn what a panel holds into codes and scales: one 32-bit lane per row, whatever the lane holds at the moment (4 codes, an integer, a float).</summary>
/// <typeparam name="TVector">The register, as bytes; or its name, where the operations are written down as machine code and not done.</typeparam>
unsafe interface ICodeLanes<TVector>
    where TVector : unmanaged
{
    static abstract TVector Load(void* from);

    static abstract TVector Bytes(byte value);

    static abstract TVector Ints(int value);

    static abstract TVector Floats(float value);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    /// <summary>a | (b &amp; mask), where <paramref name="a"/> is an intermediate result that nothing else uses.</summary>
    static abstract TVector OrAnd(TVector a, TVector b, TVector mask);

    /// <summary>Shifts 16-bit words; bits cross from one byte to its neighbour and are masked off by the caller.</summary>
    static abstract TVector ShiftRight(TVector a, [ConstantExpected] byte bits);

    static abstract TVector ShiftLeft(TVector a, [ConstantExpected] byte bits);

    /// <summary>As <see cref="ShiftRight"/>, by a number that is not a constant.</summary>
    static abstract TVector ShiftRightBy(TVector a, int bits);

    /// <summary>A table of 16 bytes, as <see cref="Lookup"/> wants it.</summary>
    static abstract TVector Table(Vector128<byte> table);

    /// <summary>table[index] for every byte; indices are below 16.</summary>
    static abstract TVector Lookup(TVector table, TVector index);

    static abstract TVector ShiftIntsLeft(TVector a, [ConstantExpected] byte bits);

    static abstract TVector MaxInts(TVector a, TVector b);

    /// <summary>Signed bytes, one a row, as integers.</summary>
    static abstract TVector SignedBytes(byte* from);

    /// <summary>Unsigned bytes, one a row, as integers.</summary>
    static abstract TVector UnsignedBytes(byte* from);

    /// <summary>Signed 16-bit words, one a row, as integers.</summary>
    static abstract TVector SignedShorts(byte* from);

    static abstract TVector Multiply(TVector a, TVector b);
}
