using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>Products with the keys or values of a block: y[row, column] += Σ a[row, k] · b[k, column], each element one chain of fused multiply-adds over ascending k. Query rows times keys, whose columns are slots, and probabilities times values, whose columns are dimensions, are the same product.</summary>
static unsafe class KvProduct<T, TFloats, TVector>
    where T : struct, IKvFormat
    where TFloats : struct, IFloats<TVector>
    where TVector : unmanaged
{
    // Never inlined, as the tiles of matrix products.
    const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Rows in a tile: with two registers of columns each, as many sums as leave registers for what they are made of.</summary>
    public static int Rows => TFloats.Count == 16 ? 8 : 4;

    /// <summary>Computes all rows and columns.</summary>
    /// <param name="a">[rows, count], <paramref name="aStride"/> floats from row to row.</param>
    /// <param name="aStride">See <paramref name="a"/>.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="b">[count, columns] in the format, lines of <paramref name="bStride"/> numbers.</param>
    /// <param name="bStride">See <paramref name="b"/>.</param>
    /// <param name="count">Length of the chains.</param>
    /// <param name="columns">A multiple of 8.</param>
    /// <param name="y">[rows, columns], <paramref name="yStride"/> floats from row to row.</param>
    /// <param name="yStride">See <paramref name="y"/>.</param>
    /// <param name="ahead">Bytes from <paramref name="b"/> to what is asked for ahead, line by line.</param>
    public static void Run(float* a, int aStride, int rows, byte* b, int bStride, int count, int columns, float* y, int yStride, nint ahead)
    {
        nint line = (nint)bStride * T.Size;
        for (; rows > 0; rows -= Rows, a += (nint)Rows * aStride, y += (nint)Rows * yStride)
        {
            int column = 0;
            for (; column + (2 * TFloats.Count) <= columns; column += 2 * TFloats.Count)
            {
                Dispatch<Two>(a, aStride, rows, b + (nint)column * T.Size, line, count, y + column, yStride, ahead);
            }

            if (column < columns)
            {
                Rest(a, aStride, Math.Min(rows, Rows), b + (nint)column * T.Size, bStride, count, columns - column, y + column, yStride, ahead);
            }
        }
    }

    static void Rest(float* a, int aStride, int rows, byte* b, int bStride, int count, int columns, float* y, int yStride, nint ahead)
    {
        if (TFloats.Count == 16)
        {
            KvProduct<T, Floats256, Vector256<float>>.Run(a, aStride, rows, b, bStride, count, columns, y, yStride, ahead);
        }
        else
        {
            Dispatch<One>(a, aStride, rows, b, (nint)bStride * T.Size, count, y, yStride, ahead);
        }
    }

    static void Dispatch<TRegisters>(float* a, int aStride, int rows, byte* b, nint line, int count, float* y, int yStride, nint ahead)
        where TRegisters : unmanaged
    {
        switch (Math.Min(rows, Rows))
        {
            case 1: Tile<TRegisters, One>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 2: Tile<TRegisters, Two>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 3: Tile<TRegisters, Three>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 4: Tile<TRegisters, Four>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 5: Tile<TRegisters, Five>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 6: Tile<TRegisters, Six>(a, aStride, b, line, count, y, yStride, ahead); break;
            case 7: Tile<TRegisters, Seven>(a, aStride, b, line, count, y, yStride, ahead); break;
            default: Tile<TRegisters, Eight>(a, aStride, b, line, count, y, yStride, ahead); break;
        }
    }

    [MethodImpl(Compiled)]
    static void Tile<TRegisters, TRows>(float* a, nint aStride, byte* b, nint line, int count, float* y, nint yStride, nint ahead)
        where TRegisters : unmanaged
        where TRows : unmanaged
    {
        TVector s0, t0, s1 = default, t1 = default, s2 = default, t2 = default, s3 = default, t3 = default;
        TVector s4 = default, t4 = default, s5 = default, t5 = default, s6 = default, t6 = default, s7 = default, t7 = default;
        Begin<TRegisters>(y, out s0, out t0);
        if (sizeof(TRows) > 1) Begin<TRegisters>(y + 1 * yStride, out s1, out t1);
        if (sizeof(TRows) > 2) Begin<TRegisters>(y + 2 * yStride, out s2, out t2);
        if (sizeof(TRows) > 3) Begin<TRegisters>(y + 3 * yStride, out s3, out t3);
        if (sizeof(TRows) > 4) Begin<TRegisters>(y + 4 * yStride, out s4, out t4);
        if (sizeof(TRows) > 5) Begin<TRegisters>(y + 5 * yStride, out s5, out t5);
        if (sizeof(TRows) > 6) Begin<TRegisters>(y + 6 * yStride, out s6, out t6);
        if (sizeof(TRows) > 7) Begin<TRegisters>(y + 7 * yStride, out s7, out t7);
        for (float* end = a + count; a < end; a++, b += line)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(b + ahead);
                if (sizeof(TRegisters) * sizeof(TVector) * T.Size > 256) Sse.Prefetch0(b + ahead + 64);
            }

            TVector v = T.Load<TFloats, TVector>(b);
            TVector w = sizeof(TRegisters) > 1 ? T.Load<TFloats, TVector>(b + TFloats.Count * T.Size) : default;
            Add<TRegisters>(a, v, w, ref s0, ref t0);
            if (sizeof(TRows) > 1) Add<TRegisters>(a + 1 * aStride, v, w, ref s1, ref t1);
            if (sizeof(TRows) > 2) Add<TRegisters>(a + 2 * aStride, v, w, ref s2, ref t2);
            if (sizeof(TRows) > 3) Add<TRegisters>(a + 3 * aStride, v, w, ref s3, ref t3);
            if (sizeof(TRows) > 4) Add<TRegisters>(a + 4 * aStride, v, w, ref s4, ref t4);
            if (sizeof(TRows) > 5) Add<TRegisters>(a + 5 * aStride, v, w, ref s5, ref t5);
            if (sizeof(TRows) > 6) Add<TRegisters>(a + 6 * aStride, v, w, ref s6, ref t6);
            if (sizeof(TRows) > 7) Add<TRegisters>(a + 7 * aStride, v, w, ref s7, ref t7);
        }

        End<TRegisters>(y, s0, t0);
        if (sizeof(TRows) > 1) End<TRegisters>(y + 1 * yStride, s1, t1);
        if (sizeof(TRows) > 2) End<TRegisters>(y + 2 * yStride, s2, t2);
        if (sizeof(TRows) > 3) End<TRegisters>(y + 3 * yStride, s3, t3);
        if (sizeof(TRows) > 4) End<TRegisters>(y + 4 * yStride, s4, t4);
        if (sizeof(TRows) > 5) End<TRegisters>(y + 5 * yStride, s5, t5);
        if (sizeof(TRows) > 6) End<TRegisters>(y + 6 * yStride, s6, t6);
        if (sizeof(TRows) > 7) End<TRegisters>(y + 7 * yStride, s7, t7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Begin<TRegisters>(float* y, out TVector s, out TVector t)
        where TRegisters : unmanaged
    {
        s = TFloats.Load(y);
        t = sizeof(TRegisters) > 1 ? TFloats.Load(y + TFloats.Count) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add<TRegisters>(float* a, TVector v, TVector w, ref TVector s, ref TVector t)
        where TRegisters : unmanaged
    {
        TVector factor = TFloats.Create(*a);
        s = TFloats.Fused(v, factor, s);
        if (sizeof(TRegisters) > 1) t = TFloats.Fused(w, factor, t);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void End<TRegisters>(float* y, TVector s, TVector t)
        where TRegisters : unmanaged
    {
        TFloats.Store(s, y);
        if (sizeof(TRegisters) > 1) TFloats.Store(t, y + TFloats.Count);
    }
}
