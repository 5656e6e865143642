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

    /// <summary>Two bits of each code, at the lowest place.</summary>
    [MethodImpl(Inline)]
    public static TVector Pairs<TVector, TLanes>(TVector line, [ConstantExpected] int group)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.And(Moved<TVector, TLanes>(line, 2 * group), TLanes.Bytes(3));

    /// <summary>Codes whose lower bits are there, with their two upper ones from another line.</summary>
    [MethodImpl(Inline)]
    public static TVector WithPairs<TVector, TLanes>(TVector codes, TVector line, [ConstantExpected] int group, [ConstantExpected] int bit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.OrAnd(codes, Moved<TVector, TLanes>(line, 2 * group - bit), TLanes.Bytes((byte)(3 << bit)));

    /// <summary>The same with one upper bit.</summary>
    [MethodImpl(Inline)]
    public static TVector WithBits<TVector, TLanes>(TVector codes, TVector line, [ConstantExpected] int group, [ConstantExpected] int bit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        TLanes.OrAnd(codes, Moved<TVector, TLanes>(line, group - bit), TLanes.Bytes((byte)(1 << bit)));

    [MethodImpl(Inline)]
    static TVector Moved<TVector, TLanes>(TVector line, [ConstantExpected] int right)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector> =>
        right == 0 ? line : right < 0 ? TLanes.ShiftLeft(line, (byte)-right) : TLanes.ShiftRight(line, (byte)right);

    [MethodImpl(Inline)]
    public static TVector Bytes<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit)
        where TVector : unmanaged
        where TLanes : struct, ICodeLanes<TVector>
    {
        TVector line = TLanes.Load(block + 256 * piece + 64 * group);
        return digit < 0 ? line : TLanes.And(TLanes.ShiftRightBy(line, 4 * digit), TLanes.Bytes(15));
    }
}
