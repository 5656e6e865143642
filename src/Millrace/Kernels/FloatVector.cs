using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The inner product of a float format with a single vector: a panel, in one register or two, times one token, one chain of sums per lane in the order of <see cref="ScalarFloatKernel{TFormat}"/>.</summary>
/// <remarks>A chain waits for each of its fused multiply-adds, longer than memory takes to bring the next weights. So two runs of columns go side by side. Memory is asked for what comes later in the order in which it lies there all the same: two streams of it are slower than one.</remarks>
static unsafe class FloatVector<TFormat, TLanes, TVector, TRegisters>
    where TFormat : struct, IFloatFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    const int CacheLine = 64;

    // As in BlockTile, but of the second of the two runs.
    const int PrefetchDistance = 8192;

    /// <summary>Bytes of a column.</summary>
    static int Step
    {
        [MethodImpl(Inline)]
        get => WeightMatrix.PanelRows * TFormat.Bytes;
    }

    /// <summary>Bytes of a run's scales.</summary>
    static int ScaleBytes
    {
        [MethodImpl(Inline)]
        get => TFormat.Scaled ? WeightMatrix.PanelRows * sizeof(float) : 0;
    }

    /// <summary>Runs over the tile's columns; where a register holds half a panel, the second one is the other half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(Tile tile, byte* results)
    {
        byte* panel = tile.Panel0, x = tile.X + sizeof(float) * (nint)tile.First, ahead = panel + (nint)tile.RunColumns * Step + PrefetchDistance;
        TVector y = TLanes.Load(results), z = sizeof(TRegisters) > 1 ? TLanes.Load(results + sizeof(TVector)) : default;
        for (int left = tile.Columns; left > 0; left -= 2 * tile.RunColumns)
        {
            int first = Math.Min(tile.RunColumns, left), second = Math.Min(tile.RunColumns, left - first);
            byte* next = panel + (nint)first * Step + ScaleBytes, nextX = x + sizeof(float) * (nint)first;
            TVector a = default, b = default, c = default, d = default;
            for (byte* end = x + sizeof(float) * (nint)second; x < end; x += sizeof(float), nextX += sizeof(float))
            {
                ahead = Prefetch(ahead, 2 * Step);
                Add(x, panel, ref a, ref b);
                Add(nextX, next, ref c, ref d);
                panel += Step;
                next += Step;
            }

            for (int column = second; column < first; column++, x += sizeof(float), panel += Step)
            {
                Add(x, panel, ref a, ref b);
            }

            AddRun(a, panel, ref y);
            if (sizeof(TRegisters) > 1) AddRun(b, panel + TLanes.Rows * sizeof(float), ref z);
            if (second > 0)
            {
                AddRun(c, next, ref y);
                if (sizeof(TRegisters) > 1) AddRun(d, next + TLanes.Rows * sizeof(float), ref z);
                panel = next + ScaleBytes;
                x = nextX;
            }
        }

        TLanes.Store(results, y);
        if (sizeof(TRegisters) > 1) TLanes.Store(results + sizeof(TVector), z);
    }

    /// <summary>Asks for so many bytes: one line or more, or each line as often as its columns come.</summary>
    [MethodImpl(Inline)]
    static byte* Prefetch(byte* ahead, int bytes)
    {
        Sse.Prefetch0(ahead);
        if (bytes > CacheLine) Sse.Prefetch0(ahead + CacheLine);
        return ahead + bytes;
    }

    /// <summary>One column.</summary>
    [MethodImpl(Inline)]
    static void Add(byte* x, byte* weights, ref TVector a, ref TVector b)
    {
        TVector number = TLanes.Broadcast(x);
        a = TLanes.Fused(TFormat.Load<TVector, TLanes>(weights), number, a);
        if (sizeof(TRegisters) > 1) b = TLanes.Fused(TFormat.Load<TVector, TLanes>(weights + TLanes.Rows * TFormat.Bytes), number, b);
    }

    [MethodImpl(Inline)]
    static void AddRun(TVector sum, byte* scales, ref TVector to) => to = TFormat.Scaled ? TLanes.Fused(sum, TLanes.Load(scales), to) : TLanes.AddFloats(to, sum);
}
