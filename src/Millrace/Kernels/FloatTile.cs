using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The tiles of a float format.</summary>
readonly unsafe struct FloatTiles<TFormat, TLanes, TVector, TRegisters> : ITiles
    where TFormat : struct, IFloatFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
{
    public static nint Offset(int column, int runColumns) =>
        (nint)column * WeightMatrix.PanelRows * TFormat.Bytes + (TFormat.Scaled ? column / runColumns * (nint)WeightMatrix.PanelRows * sizeof(float) : 0);

    public static void Run(in Tile tile, int tokens, byte* results, byte* scratch)
    {
        switch (tokens)
        {
            case 1 when TLanes.Rows * sizeof(TRegisters) == WeightMatrix.PanelRows: FloatVector<TFormat, TLanes, TVector, TRegisters>.Run(tile, results); break;
            case 1: FloatTile<TFormat, TLanes, TVector, TRegisters, One>.Run(tile, results); break;
            case 2: FloatTile<TFormat, TLanes, TVector, TRegisters, Two>.Run(tile, results); break;
            case 3: FloatTile<TFormat, TLanes, TVector, TRegisters, Three>.Run(tile, results); break;
            case 4: FloatTile<TFormat, TLanes, TVector, TRegisters, Four>.Run(tile, results); break;
            case 5: FloatTile<TFormat, TLanes, TVector, TRegisters, Five>.Run(tile, results); break;
            case 6: FloatTile<TFormat, TLanes, TVector, TRegisters, Six>.Run(tile, results); break;
            case 7: FloatTile<TFormat, TLanes, TVector, TRegisters, Seven>.Run(tile, results); break;
            default: FloatTile<TFormat, TLanes, TVector, TRegisters, Eight>.Run(tile, results); break;
        }
    }
}

/// <summary>The inner product of a float format: two registers of rows times 1 to 8 tokens, over a range of columns, one chain of sums per lane in the order of <see cref="ScalarFloatKernel{TFormat}"/>.</summary>
static unsafe class FloatTile<TFormat, TLanes, TVector, TRegisters, TCount>
    where TFormat : struct, IFloatFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
    where TCount : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Never inlined: the caller's budget would end within, and the rest be calls.
    const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    // As in BlockTile.
    const int PrefetchDistance = 8192;

    /// <summary>The first row of the second register within its panel.</summary>
    static int SecondRow
    {
        [MethodImpl(Inline)]
        get => TLanes.Rows % WeightMatrix.PanelRows;
    }

    /// <summary>Runs over the tile's columns.</summary>
    [MethodImpl(Compiled)]
    public static void Run(Tile tile, byte* results)
    {
        byte* panel0 = tile.Panel0, panel1 = tile.Panel1;
        byte* x = tile.X + 4 * (nint)tile.First;
        nint stride = tile.Layout.Stride;
        for (int begin = 0; begin < tile.Columns; begin += tile.RunColumns)
        {
            TVector a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
            TVector a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
            byte* end = x + 4 * Math.Min(tile.RunColumns, tile.Columns - begin);
            for (; x < end; x += 4)
            {
                if (tile.Ahead)
                {
                    Sse.Prefetch0(panel0 + PrefetchDistance);
                    if (SecondRow == 0 && sizeof(TRegisters) > 1) Sse.Prefetch0(panel1 + PrefetchDistance);
                }

                TVector w = TFormat.Load<TVector, TLanes>(panel0);
                TVector v = sizeof(TRegisters) > 1 ? TFormat.Load<TVector, TLanes>(panel1 + SecondRow * TFormat.Bytes) : default;
                Add(x, w, v, ref a0, ref b0);
                if (sizeof(TCount) > 1) Add(x + 1 * stride, w, v, ref a1, ref b1);
                if (sizeof(TCount) > 2) Add(x + 2 * stride, w, v, ref a2, ref b2);
                if (sizeof(TCount) > 3) Add(x + 3 * stride, w, v, ref a3, ref b3);
                if (sizeof(TCount) > 4) Add(x + 4 * stride, w, v, ref a4, ref b4);
                if (sizeof(TCount) > 5) Add(x + 5 * stride, w, v, ref a5, ref b5);
                if (sizeof(TCount) > 6) Add(x + 6 * stride, w, v, ref a6, ref b6);
                if (sizeof(TCount) > 7) Add(x + 7 * stride, w, v, ref a7, ref b7);
                panel0 += WeightMatrix.PanelRows * TFormat.Bytes;
                panel1 += WeightMatrix.PanelRows * TFormat.Bytes;
            }

            Finish(a0, b0, panel0, panel1, results);
            if (sizeof(TCount) > 1) Finish(a1, b1, panel0, panel1, results + 1 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 2) Finish(a2, b2, panel0, panel1, results + 2 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 3) Finish(a3, b3, panel0, panel1, results + 3 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 4) Finish(a4, b4, panel0, panel1, results + 4 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 5) Finish(a5, b5, panel0, panel1, results + 5 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 6) Finish(a6, b6, panel0, panel1, results + 6 * sizeof(TRegisters) * sizeof(TVector));
            if (sizeof(TCount) > 7) Finish(a7, b7, panel0, panel1, results + 7 * sizeof(TRegisters) * sizeof(TVector));
            if (TFormat.Scaled)
            {
                panel0 += WeightMatrix.PanelRows * sizeof(float);
                panel1 += WeightMatrix.PanelRows * sizeof(float);
            }
        }
    }

    [MethodImpl(Inline)]
    static void Add(byte* x, TVector w, TVector v, ref TVector a, ref TVector b)
    {
        TVector number = TLanes.Broadcast(x);
        a = TLanes.Fused(w, number, a);
        if (sizeof(TRegisters) > 1) b = TLanes.Fused(v, number, b);
    }

    /// <summary>Adds a token's sums of a run to its results; the panels stand at the run's scales.</summary>
    [MethodImpl(Inline)]
    static void Finish(TVector a, TVector b, byte* panel0, byte* panel1, byte* to)
    {
        AddRun(a, panel0, to);
        if (sizeof(TRegisters) > 1) AddRun(b, panel1 + SecondRow * sizeof(float), to + sizeof(TVector));
    }

    [MethodImpl(Inline)]
    static void AddRun(TVector sum, byte* scales, byte* to) => TLanes.Store(to, TFormat.Scaled
        ? TLanes.Fused(sum, TLanes.Load(scales), TLanes.Load(to))
        : TLanes.AddFloats(TLanes.Load(to), sum));
}
