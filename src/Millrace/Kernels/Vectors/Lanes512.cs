using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<byte>;

namespace Millrace.Kernels.Vectors;

/// <summary>16 rows in a register of AVX-512 (F and BW).</summary>
readonly unsafe struct Lanes512 : ILanes<V>
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static int Rows => 16;

    [MethodImpl(Inline)]
    public static V Load(void* from) => Avx512F.LoadVector512((byte*)from);

    [MethodImpl(Inline)]
    public static void Store(void* to, V value) => Avx512F.Store((byte*)to, value);

    [MethodImpl(Inline)]
    public static V Broadcast(void* from) => Vector512.Create(*(int*)from).AsByte();

    [MethodImpl(Inline)]
    public static V Bytes(byte value) => Vector512.Create(value);

    [MethodImpl(Inline)]
    public static V Shorts(short value) => Vector512.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V Ints(int value) => Vector512.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V Floats(float value) => Vector512.Create(value).AsByte();

    [MethodImpl(Inline)]
    public static V And(V a, V b) => Avx512F.And(a, b);

    [MethodImpl(Inline)]
    public static V Or(V a, V b) => Avx512F.Or(a, b);

    public static V OrAnd(V a, V b, V mask) => Avx512F.TernaryLogic(a, b, mask, 0xF8);

    [MethodImpl(Inline)]
    public static V ShiftRight(V a, [ConstantExpected] byte bits) => Avx512BW.ShiftRightLogical(a.AsUInt16(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftLeft(V a, [ConstantExpected] byte bits) => Avx512BW.ShiftLeftLogical(a.AsUInt16(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftRightBy(V a, int bits) => Avx512BW.ShiftRightLogical(a.AsUInt16(), Vector128.CreateScalar(bits).AsUInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V Table(Vector128<byte> table) => Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table));

    [MethodImpl(Inline)]
    public static V Lookup(V table, V index) => Avx512BW.Shuffle(table, index);

    [MethodImpl(Inline)]
    public static V AddProducts(V sum, V codes, V x) => Avx512BW.Add(sum.AsInt16(), Avx512BW.MultiplyAddAdjacent(codes, x.AsSByte())).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyShorts(V a, V b) => Avx512BW.MultiplyLow(a.AsInt16(), b.AsInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyPairs(V a, V b) => Avx512BW.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsByte();

    [MethodImpl(Inline)]
    public static V AddInts(V a, V b) => Avx512F.Add(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V MultiplyInts(V a, V b) => Avx512F.MultiplyLow(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V ShiftIntsLeft(V a, [ConstantExpected] byte bits) => Avx512F.ShiftLeftLogical(a.AsInt32(), bits).AsByte();

    [MethodImpl(Inline)]
    public static V MaxInts(V a, V b) => Avx512F.Max(a.AsInt32(), b.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V SignedBytes(byte* from) => Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)from)).AsByte();

    [MethodImpl(Inline)]
    public static V UnsignedBytes(byte* from) => Avx512F.ConvertToVector512Int32(Vector128.Load(from)).AsByte();

    [MethodImpl(Inline)]
    public static V SignedShorts(byte* from) => Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from)).AsByte();

    [MethodImpl(Inline)]
    public static V ToFloats(V ints) => Avx512F.ConvertToVector512Single(ints.AsInt32()).AsByte();

    [MethodImpl(Inline)]
    public static V AddFloats(V a, V b) => Avx512F.Add(a.AsSingle(), b.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V Multiply(V a, V b) => Avx512F.Multiply(a.AsSingle(), b.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V Fused(V a, V b, V c) => Avx512F.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).AsByte();

    [MethodImpl(Inline)]
    public static V FusedNegated(V a, V b, V c) => Avx512F.FusedMultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).AsByte();
}
