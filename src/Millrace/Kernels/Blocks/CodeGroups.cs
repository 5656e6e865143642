using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Millrace.Kernels.Blocks;

/// <summary>32 codes of each of 4 rows: vector g holds columns 4g to 4g + 3, a word for each row.</summary>
readonly struct CodeGroups(
    Vector128<uint> g0, Vector128<uint> g1, Vector128<uint> g2, Vector128<uint> g3, Vector128<uint> g4, Vector128<uint> g5, Vector128<uint> g6, Vector128<uint> g7)
{
    public readonly Vector128<uint> G0 = g0, G1 = g1, G2 = g2, G3 = g3, G4 = g4, G5 = g5, G6 = g6, G7 = g7;

    /// <summary>Gathers them.</summary>
    /// <param name="low">16 codes of the first row.</param>
    /// <param name="high">16 more.</param>
    /// <param name="stride">Bytes to the next row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe CodeGroups Load(byte* low, byte* high, nint stride)
    {
        Transpose(low, stride, out Vector128<uint> g0, out Vector128<uint> g1, out Vector128<uint> g2, out Vector128<uint> g3);
        Transpose(high, stride, out Vector128<uint> g4, out Vector128<uint> g5, out Vector128<uint> g6, out Vector128<uint> g7);
        return new(g0, g1, g2, g3, g4, g5, g6, g7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Transpose(byte* rows, nint stride, out Vector128<uint> g0, out Vector128<uint> g1, out Vector128<uint> g2, out Vector128<uint> g3)
    {
        Vector128<uint> a = Vector128.Load((uint*)rows), b = Vector128.Load((uint*)(rows + stride)), c = Vector128.Load((uint*)(rows + 2 * stride)), d = Vector128.Load((uint*)(rows + 3 * stride));
        if (Sse2.IsSupported)
        {
            Vector128<ulong> ab = Sse2.UnpackLow(a, b).AsUInt64(), cd = Sse2.UnpackLow(c, d).AsUInt64();
            Vector128<ulong> ef = Sse2.UnpackHigh(a, b).AsUInt64(), gh = Sse2.UnpackHigh(c, d).AsUInt64();
            g0 = Sse2.UnpackLow(ab, cd).AsUInt32();
            g1 = Sse2.UnpackHigh(ab, cd).AsUInt32();
            g2 = Sse2.UnpackLow(ef, gh).AsUInt32();
            g3 = Sse2.UnpackHigh(ef, gh).AsUInt32();
        }
        else
        {
            g0 = Vector128.Create(a[0], b[0], c[0], d[0]);
            g1 = Vector128.Create(a[1], b[1], c[1], d[1]);
            g2 = Vector128.Create(a[2], b[2], c[2], d[2]);
            g3 = Vector128.Create(a[3], b[3], c[3], d[3]);
        }
    }
}
