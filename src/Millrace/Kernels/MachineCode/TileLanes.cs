using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels.MachineCode;

/// <summary>The scales of a span of two panels as the emitted code reads them, a register of each panel at a time, each line of 64 bytes for 16 rows.</summary>
static unsafe class TileLanes<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int Line = TileCode.Line;
    const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>Bytes enough for the lanes of any span: 16 sums and their minima, and what a unit of 256 has besides.</summary>
    public const int Bytes = 2 * Line * (2 * TokenScalars.Sums + 2);

    /// <summary>Puts the lanes of units that lie one after another.</summary>
    /// <param name="scales0">Their scales in the first panel.</param>
    /// <param name="scales1">And in the second, or null where there is one.</param>
    /// <param name="units">How many.</param>
    /// <param name="to">Where to, on a cache line.</param>
    [MethodImpl(Compiled)]
    public static void Put(byte* scales0, byte* scales1, int units, byte* to)
    {
        if (TFormat.UnitPieces == 16)
        {
            PutGathered(scales0, to);
            if (scales1 != null)
            {
                PutGathered(scales1, to + Line);
            }

            return;
        }

        PutUnits(scales0, units, to);
        if (scales1 != null)
        {
            PutUnits(scales1, units, to + Line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutUnits(byte* scales, int units, byte* to)
    {
        for (int unit = 0; unit < units; unit++, scales += TFormat.ScaleBytes, to += 2 * Line)
        {
            Vector512.Store(Scale(scales), to);
            if (TFormat.HasMins)
            {
                to += 2 * Line;
                Vector512.Store(Min(scales), to);
            }
        }
    }

    // One panel's: every other line.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void PutGathered(byte* scales, byte* to)
    {
        for (int i = 0; i < 16 / TFormat.ScalePieces; i++, to += 2 * Line)
        {
            Vector512.Store(TFormat.SubScaleLanes<Vector512<byte>, Lanes512>(scales, i, 0), to);
        }

        Vector512.Store(Scale(scales), to);
        if (TFormat.HasMins)
        {
            to += 2 * Line;
            for (int pair = 0; pair < 8 / TFormat.ScalePieces; pair++, to += 2 * Line)
            {
                Vector512.Store(TFormat.SubMinLanes<Vector512<byte>, Lanes512>(scales, pair, 0), to);
            }

            Vector512.Store(Min(scales), to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<byte> Scale(byte* scales) => TFormat.ScaleLanes<Vector512<byte>, Lanes512>(scales, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<byte> Min(byte* scales) => TFormat.MinLanes<Vector512<byte>, Lanes512>(scales, 0);
}
