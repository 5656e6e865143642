using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Vectors;

// Shift counts are constants once a constant group has been inlined.
#pragma warning disable CA1857

namespace Millrace.Kernels.Blocks;

/// <summary>Codes out of the planes that <see cref="Codes"/> describes, 4 columns of a register's rows at a time. A constant group folds each of these to one to three instructions.</summary>
static unsafe class UnpackCodes
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>value + 12 of doubled E2M1.</summary>
    public static Vector128<byte> Float4 => Vector128.Create((byte)12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0);

    /// <summary>value + 128 of IQ4_NL's table, or one of its two digits.</summary>
    [MethodImpl(Inline)]
    public static Vector128<byte> NonLinear(int digit) => digit < 0
        ? Vector128.Create((byte)1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241)
        : digit == 0
            ? Vector128.Create((byte)1, 8, 13, 15, 15, 13, 10, 6, 1, 13, 9, 6, 5, 5, 9, 1)
            : Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 15);

    [MethodImpl(Inline)]
    public static TVector Nibbles<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>
    {
        TVector line = TLanes.Load(block + 128 * piece + 64 * (group / 2));
        return TLanes.And(group % 2 == 0 ? line : TLanes.ShiftRight(line, 4), TLanes.Bytes(15));
    }

    /// <summary>Two bits of each code, at <paramref name="bit"/> (0 or 4).</summary>
    [MethodImpl(Inline)]
    public static TVector Pairs<TVector, TLanes>(TVector line, [ConstantExpected] int group, [ConstantExpected] int bit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>
    {
        TVector moved = bit >= 2 * group
            ? (bit == 2 * group ? line : TLanes.ShiftLeft(line, (byte)(bit - 2 * group)))
            : TLanes.ShiftRight(line, (byte)(2 * group - bit));
        return TLanes.And(moved, TLanes.Bytes((byte)(3 << bit)));
    }

    /// <summary>One bit of each code, at <paramref name="bit"/> (2 or 4).</summary>
    [MethodImpl(Inline)]
    public static TVector Bits<TVector, TLanes>(TVector line, [ConstantExpected] int group, [ConstantExpected] int bit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>
    {
        TVector moved = bit >= group
            ? (bit == group ? line : TLanes.ShiftLeft(line, (byte)(bit - group)))
            : TLanes.ShiftRight(line, (byte)(group - bit));
        return TLanes.And(moved, TLanes.Bytes((byte)(1 << bit)));
    }

    [MethodImpl(Inline)]
    public static TVector Bytes<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>
    {
        TVector line = TLanes.Load(block + 256 * piece + 64 * group);
        return digit < 0 ? line : TLanes.And(TLanes.ShiftRightBy(line, 4 * digit), TLanes.Bytes(15));
    }
}
