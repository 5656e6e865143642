using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V256 = System.Runtime.Intrinsics.Vector256<byte>;

namespace Millrace.Kernels.Vectors;

/// <summary>Sums of 16 bits by vpmaddubsw. A sum may wrap on the way; what counts is that it fits at the end.</summary>
readonly unsafe struct ShortSums<TLanes, TVector> : IDot<TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool Wide => false;

    [MethodImpl(Inline)]
    public static TVector Start(void* words, int offset) =>
        TLanes.MultiplyShorts(TLanes.Broadcast(words), TLanes.Shorts((short)-offset));

    [MethodImpl(Inline)]
    public static TVector Add(TVector sum, TVector codes, TVector x) => TLanes.AddProducts(sum, codes, x);

    [MethodImpl(Inline)]
    public static TVector Total(TVector sum) => TLanes.MultiplyPairs(sum, TLanes.Shorts(1));

    [MethodImpl(Inline)]
    public static TVector Scales(TVector ints) => TLanes.Or(TLanes.ShiftIntsLeft(ints, 16), TLanes.And(ints, TLanes.Ints(0xFFFF)));

    [MethodImpl(Inline)]
    public static TVector Scaled(TVector sum, TVector scales) => TLanes.MultiplyPairs(sum, scales);
}

/// <summary>Sums of 32 bits by vpdpbusd of AVX-VNNI.</summary>
readonly unsafe struct IntSums256 : IDot<V256>
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public static bool Wide => true;

    [MethodImpl(Inline)]
    public static V256 Start(void* words, int offset) =>
        Lanes256.MultiplyPairs(Lanes256.Broadcast(words), Lanes256.Shorts((short)-offset));

    [MethodImpl(Inline)]
    public static V256 Add(V256 sum, V256 codes, V256 x) => AvxVnni.MultiplyWideningAndAdd(sum.AsInt32(), codes, x.AsSByte()).AsByte();

    [MethodImpl(Inline)]
    public static V256 Total(V256 sum) => sum;

    [MethodImpl(Inline)]
    public static V256 Scales(V256 ints) => ints;

    [MethodImpl(Inline)]
    public static V256 Scaled(V256 sum, V256 scales) => Lanes256.MultiplyInts(sum, scales);
}
