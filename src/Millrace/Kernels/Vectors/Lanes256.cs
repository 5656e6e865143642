using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector256<byte>;

namespace Millrace.Kernels.Vectors;

/// <summary>8 rows in a register of AVX2.</summary>
readonly unsafe struct Lanes256 : ILanes<V>
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Rows => 8;

    [MethodImpl(Inline)]
    public static V Load(void* from) => Avx.LoadVector256((byte*)from);

    [MethodImpl(Inline)]
    public static void Store(void* to, V value) => Avx.Store((byte*)to, value);

    [MethodImpl(Inline)]
    public static V Broadcast(void* from) => Avx2.BroadcastScalarToVector256((int*)from).AsByte();

    [MethodImpl(Inline)]
    public static V Bytes(byte value) => Vector256.Create(value);

    [MethodImpl(Inline)]
    public static V Shorts(short value) => Vector256.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V Ints(int value) => Vector256.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V Floats(float value) => Vector256.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V And(V a, V b) => Avx2.And(a, b);

    [MethodImpl(Inline)]
    public static V Or(V a, V b) => Avx2.Or(a, b);

    public static V OrAnd(V a, V b, V mask) => Avx2.Or(a, Avx2.And(b, mask));

    [MethodImpl(Inline)]
    public static V ShiftRight(V a, [ConstantExpected] byte bits) => Avx2.ShiftRightLogical(a.AsUInt16(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftLeft(V a, [ConstantExpected] byte bits) => Avx2.ShiftLeftLogical(a.AsUInt16(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftRightBy(V a, int bits) => Avx2.ShiftRightLogical(a.AsUInt16(), Vector128.CreateScalar(bits).AsUInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V Table(Vector128<byte> table) => Vector256.Create(table, table);

    [MethodImpl(Inline)]
    public static V Lookup(V table, V index) => Avx2.Shuffle(table, index);

    [MethodImpl(Inline)]
    public static V AddProducts(V sum, V codes, V x) => Avx2.Add(sum.AsInt16(), Avx2.MultiplyAddAdjacent(codes, x.AsSByte())).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyShorts(V a, V b) => Avx2.MultiplyLow(a.AsInt16(), b.AsInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyPairs(V a, V b) => Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V AddInts(V a, V b) => Avx2.Add(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyInts(V a, V b) => Avx2.MultiplyLow(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftIntsLeft(V a, [ConstantExpected] byte bits) => Avx2.ShiftLeftLogical(a.AsInt32(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V MaxInts(V a, V b) => Avx2.Max(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V SignedBytes(byte* from) => Avx2.ConvertToVector256Int32((sbyte*)from).AsByte();

    [MethodImpl(Inline)]
    public static V UnsignedBytes(byte* from) => Avx2.ConvertToVector256Int32(from).AsByte();

    [MethodImpl(Inline)]
    public static V SignedShorts(byte* from) => Avx2.ConvertToVector256Int32((short*)from).AsByte();

    [MethodImpl(Inline)]
    public static V ToFloats(V ints) => Avx.ConvertToVector256Single(ints.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V AddFloats(V a, V b) => Avx.Add(a.AsSingle(), b.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V Multiply(V a, V b) => Avx.Multiply(a.AsSingle(), b.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V Fused(V a, V b, V c) => Fma.MultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V FusedNegated(V a, V b, V c) => Fma.MultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).AsByte();
}
