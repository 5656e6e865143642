using System.Runtime.CompilerServices;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>Where codes and scales lie in a panel of 16 rows: span after span of 256 columns (the last may be shorter), first a span's codes and then its scales, so that a product reads a panel, and panel after panel, as one ascending stream.</summary>
/// <remarks>Planes of their own for the scales would be tidier, but then a product reads several short streams, and the processor's prefetchers lose 40 % of the memory's bandwidth at their begins.</remarks>
static class PanelLayout<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int CacheLine = 64;

    /// <summary>Columns of a span.</summary>
    public const int SpanColumns = 256;

    /// <summary>Units in a whole span.</summary>
    public static int SpanUnits => SpanColumns / 16 / TFormat.UnitPieces;

    /// <summary>Bytes of a whole span: filled up to cache lines where that costs less than a sixtieth.</summary>
    public static int SpanBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int bytes = 8 * TFormat.CodeBytes + SpanUnits * TFormat.ScaleBytes;
            int rest = bytes % CacheLine;
            return rest > 0 && (CacheLine - rest) * 60 < bytes ? bytes - rest + CacheLine : bytes;
        }
    }

    /// <summary>Bytes of a panel of so many columns.</summary>
    public static long Bytes(int columns)
    {
        int rest = columns % SpanColumns;
        return columns / SpanColumns * (long)SpanBytes + rest / 32 * TFormat.CodeBytes + rest / 16 / TFormat.UnitPieces * TFormat.ScaleBytes;
    }

    /// <summary>Where the codes of the 32 columns begin that hold a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Codes(int column) => column / SpanColumns * (nint)SpanBytes + column % SpanColumns / 32 * (nint)TFormat.CodeBytes;

    /// <summary>Where the scales of a unit begin.</summary>
    /// <param name="unit">Which.</param>
    /// <param name="columns">Columns of the whole panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Scales(int unit, int columns)
    {
        int span = unit / SpanUnits;
        int blocks = Math.Min(SpanColumns, columns - span * SpanColumns) / 32;
        return span * (nint)SpanBytes + blocks * (nint)TFormat.CodeBytes + unit % SpanUnits * (nint)TFormat.ScaleBytes;
    }
}
