using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The inner product of a block format: two registers of rows times 1 to 8 tokens, over a range of columns. The one loop of all integer formats, instruction sets and token counts.</summary>
/// <remarks>
/// An outer product: 4 columns of the rows are unpacked once, then meet each token's 4 activations, broadcast to all lanes.
/// The sums of integers live in registers for 16 or 32 columns and are exact, so their grouping is free; the floats live in <c>results</c>, one chain per lane, in the order of <see cref="ScalarBlockKernel{TFormat}"/>.
/// Tokens beyond <typeparamref name="TCount"/> fold away, as does everything that depends on the format's constants.
/// </remarks>
static unsafe class BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, TCount>
    where TFormat : struct, IBlockFormat
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IDot<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
    where TCount : unmanaged
{
    const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Never inlined: the caller's budget would end within, and the rest be calls.
    const MethodImplOptions Compiled = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;

    /// <summary>How far ahead weights are asked for, in bytes: memory's latency times its bandwidth, which a kernel that computes as it reads does not keep under way by itself. Less where two panels are read side by side.</summary>
    static int PrefetchDistance
    {
        [MethodImpl(Inline)]
        get => SecondRow > 0 ? 8192 : 3072;
    }

    /// <summary>Pieces of 16 columns in one sum of integers.</summary>
    static int SumPieces
    {
        [MethodImpl(Inline)]
        get => TFormat.ScalePieces == 1 || (TFormat.ShortSums && !TDot.Wide) ? 1 : 2;
    }

    /// <summary>Whether 8-bit codes are multiplied as two digits of 4 bits.</summary>
    static bool Digits
    {
        [MethodImpl(Inline)]
        get => TFormat.Wide && !TDot.Wide;
    }

    /// <summary>Whether one sum is all there is under a float scale; else integers are gathered in memory first.</summary>
    static bool Direct
    {
        [MethodImpl(Inline)]
        get => TFormat.UnitPieces == SumPieces && !Digits;
    }

    /// <summary>Bytes of a panel that a sum reads, scales included: as many lie ahead to be asked for.</summary>
    static int SumBytes
    {
        [MethodImpl(Inline)]
        get => PanelLayout<TFormat>.SpanBytes * SumPieces / 16;
    }

    /// <summary>The first row of the second register within its panel: a panel fills two narrow registers or one wide one.</summary>
    static int SecondRow
    {
        [MethodImpl(Inline)]
        get => TLanes.Rows % WeightMatrix.PanelRows;
    }

    /// <summary>Runs over the tile's columns.</summary>
    /// <param name="tile">The rows and tokens.</param>
    /// <param name="results">[tokens][registers] floats, to which the columns are added.</param>
    /// <param name="gathered">Scratch of the same size.</param>
    [MethodImpl(Compiled)]
    public static void Run(Tile tile, byte* results, byte* gathered)
    {
        Cursor at = default;
        at.X = tile.X + tile.First;
        at.XScale = tile.X + tile.Layout.Scales + tile.First / (TFormat.UnitPieces == 16 ? 256 : 32) * sizeof(float);
        at.Words = tile.X + (SumPieces == 1 ? tile.Layout.Words16 : tile.Layout.Words32) + tile.First / (16 * SumPieces) * sizeof(int);
        byte* span0 = tile.Panel0, span1 = tile.Panel1;
        for (int left = tile.Columns; left > 0; left -= PanelLayout<TFormat>.SpanColumns)
        {
            int columns = Math.Min(PanelLayout<TFormat>.SpanColumns, left);
            at.Ahead0 = span0 + PrefetchDistance;
            at.Ahead1 = span1 + PrefetchDistance;
            at.Codes0 = span0;
            at.Codes1 = span1 + 4 * SecondRow;
            at.Scales0 = span0 + columns / 32 * TFormat.CodeBytes;
            at.Scales1 = span1 + columns / 32 * TFormat.CodeBytes;
            byte* end = at.X + columns;
            do
            {
                Unit(tile, ref at, results, gathered);
            }
            while (at.X < end);

            span0 += PanelLayout<TFormat>.SpanBytes;
            span1 += PanelLayout<TFormat>.SpanBytes;
        }
    }

    /// <summary>All columns under one float scale.</summary>
    [MethodImpl(Inline)]
    static void Unit(in Tile tile, ref Cursor at, byte* results, byte* gathered)
    {
        if (!Direct)
        {
            new Span<byte>(gathered, sizeof(TCount) * sizeof(TRegisters) * sizeof(TVector)).Clear();
        }

        // Loops that run once, by the format's constants, must not look like loops to the compiler.
        int piece = 0;
        do
        {
            int digit = Digits ? 0 : -1;
            do
            {
                Sum(tile.Layout.Stride, tile.Ahead, at, piece, digit, results, gathered);
            }
            while (Digits && ++digit < 2);

            at.X += 16 * SumPieces;
            at.Words += sizeof(int);
            at.Ahead0 += SumBytes;
            at.Ahead1 += SumBytes;
            at.Half ^= 2 - SumPieces;
            if (at.Half == 0)
            {
                at.Codes0 += TFormat.CodeBytes;
                at.Codes1 += TFormat.CodeBytes;
            }

            piece += SumPieces;
        }
        while (TFormat.UnitPieces > SumPieces && piece < TFormat.UnitPieces);

        if (!Direct)
        {
            ScaleGathered(tile, at.Scales0, at.Scales1, at.XScale, results, gathered);
        }

        if (TFormat.HasMins && TFormat.UnitPieces == 16)
        {
            SubMins(tile, at.Scales0, at.Scales1, at.XScale, results);
        }
        else if (TFormat.HasMins)
        {
            Mins(tile, at.Scales0, at.Scales1, at.XScale, results);
        }

        at.Scales0 += TFormat.ScaleBytes;
        at.Scales1 += TFormat.ScaleBytes;
        if (TFormat.UnitPieces > 1 || at.Half == 0)
        {
            at.XScale += sizeof(float);
        }
    }

    /// <summary>Products of 16 or 32 columns, summed as integers, then scaled into the results or gathered.</summary>
    [MethodImpl(Inline)]
    static void Sum(nint stride, bool ahead, in Cursor at, int piece, int digit, byte* results, byte* gathered)
    {
        if (ahead)
        {
            Prefetch(at.Ahead0);
            if (SecondRow == 0 && sizeof(TRegisters) > 1) Prefetch(at.Ahead1);
        }

        TVector a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default, a3 = default, b3 = default;
        TVector a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default, a7 = default, b7 = default;
        if (TFormat.Offset != 0)
        {
            int offset = Digits ? 8 * digit : TFormat.Offset;
            a0 = b0 = TDot.Start(at.Words, offset);
            if (sizeof(TCount) > 1) a1 = b1 = TDot.Start(at.Words + 1 * stride, offset);
            if (sizeof(TCount) > 2) a2 = b2 = TDot.Start(at.Words + 2 * stride, offset);
            if (sizeof(TCount) > 3) a3 = b3 = TDot.Start(at.Words + 3 * stride, offset);
            if (sizeof(TCount) > 4) a4 = b4 = TDot.Start(at.Words + 4 * stride, offset);
            if (sizeof(TCount) > 5) a5 = b5 = TDot.Start(at.Words + 5 * stride, offset);
            if (sizeof(TCount) > 6) a6 = b6 = TDot.Start(at.Words + 6 * stride, offset);
            if (sizeof(TCount) > 7) a7 = b7 = TDot.Start(at.Words + 7 * stride, offset);
        }

        int half = SumPieces == 2 ? 0 : at.Half;
        byte* q = at.X;
        do
        {
            TVector sw = TFormat.Prepare<TVector, TLanes>(at.Codes0, half, digit);
            TVector sv = sizeof(TRegisters) > 1 ? TFormat.Prepare<TVector, TLanes>(at.Codes1, half, digit) : default;
            Group(q + 0, stride, TFormat.Unpack<TVector, TLanes>(at.Codes0, half, 0, digit, sw), sizeof(TRegisters) > 1 ? TFormat.Unpack<TVector, TLanes>(at.Codes1, half, 0, digit, sv) : default, ref a0, ref b0, ref a1, ref b1, ref a2, ref b2, ref a3, ref b3, ref a4, ref b4, ref a5, ref b5, ref a6, ref b6, ref a7, ref b7);
            Group(q + 4, stride, TFormat.Unpack<TVector, TLanes>(at.Codes0, half, 1, digit, sw), sizeof(TRegisters) > 1 ? TFormat.Unpack<TVector, TLanes>(at.Codes1, half, 1, digit, sv) : default, ref a0, ref b0, ref a1, ref b1, ref a2, ref b2, ref a3, ref b3, ref a4, ref b4, ref a5, ref b5, ref a6, ref b6, ref a7, ref b7);
            Group(q + 8, stride, TFormat.Unpack<TVector, TLanes>(at.Codes0, half, 2, digit, sw), sizeof(TRegisters) > 1 ? TFormat.Unpack<TVector, TLanes>(at.Codes1, half, 2, digit, sv) : default, ref a0, ref b0, ref a1, ref b1, ref a2, ref b2, ref a3, ref b3, ref a4, ref b4, ref a5, ref b5, ref a6, ref b6, ref a7, ref b7);
            Group(q + 12, stride, TFormat.Unpack<TVector, TLanes>(at.Codes0, half, 3, digit, sw), sizeof(TRegisters) > 1 ? TFormat.Unpack<TVector, TLanes>(at.Codes1, half, 3, digit, sv) : default, ref a0, ref b0, ref a1, ref b1, ref a2, ref b2, ref a3, ref b3, ref a4, ref b4, ref a5, ref b5, ref a6, ref b6, ref a7, ref b7);
            q += 16;
        }
        while (SumPieces == 2 && ++half < 2);

        TVector scaleA = Direct ? TFormat.ScaleLanes<TVector, TLanes>(at.Scales0, 0) : IntegerScale(at.Scales0, piece, 0, digit);
        TVector scaleB = Direct ? TFormat.ScaleLanes<TVector, TLanes>(at.Scales1, SecondRow) : IntegerScale(at.Scales1, piece, SecondRow, digit);
        byte* to = Direct ? results : gathered;
        Finish(a0, b0, scaleA, scaleB, at.XScale, to);
        if (sizeof(TCount) > 1) Finish(a1, b1, scaleA, scaleB, at.XScale + 1 * stride, to + 1 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 2) Finish(a2, b2, scaleA, scaleB, at.XScale + 2 * stride, to + 2 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 3) Finish(a3, b3, scaleA, scaleB, at.XScale + 3 * stride, to + 3 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 4) Finish(a4, b4, scaleA, scaleB, at.XScale + 4 * stride, to + 4 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 5) Finish(a5, b5, scaleA, scaleB, at.XScale + 5 * stride, to + 5 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 6) Finish(a6, b6, scaleA, scaleB, at.XScale + 6 * stride, to + 6 * sizeof(TRegisters) * sizeof(TVector));
        if (sizeof(TCount) > 7) Finish(a7, b7, scaleA, scaleB, at.XScale + 7 * stride, to + 7 * sizeof(TRegisters) * sizeof(TVector));
    }

    /// <summary>Asks for the lines of later columns, and of the next panel, that are as many bytes as a sum reads.</summary>
    [MethodImpl(Inline)]
    static void Prefetch(byte* ahead)
    {
        Sse.Prefetch0(ahead);
        Sse.Prefetch0(ahead + 64);
        if (SumBytes >= 128) Sse.Prefetch0(ahead + 128);
        if (SumBytes >= 192) Sse.Prefetch0(ahead + 192);
        if (SumBytes >= 256) Sse.Prefetch0(ahead + 256);
        if (SumBytes >= 320) Sse.Prefetch0(ahead + 320);
        if (SumBytes >= 384) Sse.Prefetch0(ahead + 384);
        if (SumBytes >= 448) Sse.Prefetch0(ahead + 448);
        if (SumBytes >= 512) Sse.Prefetch0(ahead + 512);
    }

    /// <summary>4 columns of two registers of rows times all tokens.</summary>
    [MethodImpl(Inline)]
    static void Group(
        byte* q, nint stride, TVector w, TVector v,
        ref TVector a0, ref TVector b0, ref TVector a1, ref TVector b1, ref TVector a2, ref TVector b2, ref TVector a3, ref TVector b3,
        ref TVector a4, ref TVector b4, ref TVector a5, ref TVector b5, ref TVector a6, ref TVector b6, ref TVector a7, ref TVector b7)
    {
        Add(q, w, v, ref a0, ref b0);
        if (sizeof(TCount) > 1) Add(q + 1 * stride, w, v, ref a1, ref b1);
        if (sizeof(TCount) > 2) Add(q + 2 * stride, w, v, ref a2, ref b2);
        if (sizeof(TCount) > 3) Add(q + 3 * stride, w, v, ref a3, ref b3);
        if (sizeof(TCount) > 4) Add(q + 4 * stride, w, v, ref a4, ref b4);
        if (sizeof(TCount) > 5) Add(q + 5 * stride, w, v, ref a5, ref b5);
        if (sizeof(TCount) > 6) Add(q + 6 * stride, w, v, ref a6, ref b6);
        if (sizeof(TCount) > 7) Add(q + 7 * stride, w, v, ref a7, ref b7);
    }

    [MethodImpl(Inline)]
    static void Add(byte* q, TVector w, TVector v, ref TVector a, ref TVector b)
    {
        TVector x = TLanes.Broadcast(q);
        a = TDot.Add(a, w, x);
        if (sizeof(TRegisters) > 1) b = TDot.Add(b, v, x);
    }

    /// <summary>The integer scales of a sum; the high digit counts 16 times.</summary>
    [MethodImpl(Inline)]
    static TVector IntegerScale(byte* scales, int piece, int row, int digit)
    {
        TVector weight = TLanes.Ints(digit > 0 ? 16 : 1);
        return TDot.Scales(TFormat.UnitPieces == 16
            ? Digits
                ? TLanes.MultiplyInts(TFormat.SubScaleLanes<TVector, TLanes>(scales, piece / TFormat.ScalePieces, row), weight)
                : TFormat.SubScaleLanes<TVector, TLanes>(scales, piece / TFormat.ScalePieces, row)
            : weight);
    }

    /// <summary>Adds a token's two sums to what they belong to.</summary>
    [MethodImpl(Inline)]
    static void Finish(TVector a, TVector b, TVector scaleA, TVector scaleB, byte* xScale, byte* to)
    {
        if (Direct)
        {
            TVector factor = TLanes.Broadcast(xScale);
            AddScaled(TDot.Total(a), factor, scaleA, to);
            if (sizeof(TRegisters) > 1) AddScaled(TDot.Total(b), factor, scaleB, to + sizeof(TVector));
        }
        else
        {
            TLanes.Store(to, TLanes.AddInts(TLanes.Load(to), TDot.Scaled(a, scaleA)));
            if (sizeof(TRegisters) > 1) TLanes.Store(to + sizeof(TVector), TLanes.AddInts(TLanes.Load(to + sizeof(TVector)), TDot.Scaled(b, scaleB)));
        }
    }

    [MethodImpl(Inline)]
    static void AddScaled(TVector sum, TVector factor, TVector scale, byte* to) =>
        TLanes.Store(to, TLanes.Fused(TLanes.Multiply(TLanes.ToFloats(sum), factor), scale, TLanes.Load(to)));

    /// <summary>The gathered integers of a unit, scaled into the results.</summary>
    [MethodImpl(Compiled)]
    static void ScaleGathered(in Tile tile, byte* scales0, byte* scales1, byte* xScale, byte* results, byte* gathered)
    {
        TVector scaleA = TFormat.ScaleLanes<TVector, TLanes>(scales0, 0);
        TVector scaleB = TFormat.ScaleLanes<TVector, TLanes>(scales1, SecondRow);
        byte* x = xScale;
        for (int t = 0; t < sizeof(TCount); t++)
        {
            TVector factor = TLanes.Broadcast(x);
            AddScaled(TLanes.Load(gathered), factor, scaleA, results);
            if (sizeof(TRegisters) > 1) AddScaled(TLanes.Load(gathered + sizeof(TVector)), factor, scaleB, results + sizeof(TVector));
            x += tile.Layout.Stride;
            results += sizeof(TRegisters) * sizeof(TVector);
            gathered += sizeof(TRegisters) * sizeof(TVector);
        }
    }

    /// <summary>The float minima of a unit of 32 columns.</summary>
    [MethodImpl(Inline)]
    static void Mins(in Tile tile, byte* scales0, byte* scales1, byte* xScale, byte* results)
    {
        TVector minA = TFormat.MinLanes<TVector, TLanes>(scales0, 0);
        TVector minB = TFormat.MinLanes<TVector, TLanes>(scales1, SecondRow);
        byte* x = xScale - tile.Layout.Scales + tile.Layout.Sums;
        for (int t = 0; t < sizeof(TCount); t++)
        {
            TVector sum = TLanes.Broadcast(x);
            TLanes.Store(results, TLanes.Fused(sum, minA, TLanes.Load(results)));
            if (sizeof(TRegisters) > 1) TLanes.Store(results + sizeof(TVector), TLanes.Fused(sum, minB, TLanes.Load(results + sizeof(TVector))));
            x += tile.Layout.Stride;
            results += sizeof(TRegisters) * sizeof(TVector);
        }
    }

    /// <summary>The integer minima of a unit of 256 columns, two at a time, against the sums of activations.</summary>
    [MethodImpl(Compiled)]
    static void SubMins(in Tile tile, byte* scales0, byte* scales1, byte* xScale, byte* results)
    {
        TVector minA = TFormat.MinLanes<TVector, TLanes>(scales0, 0);
        TVector minB = TFormat.MinLanes<TVector, TLanes>(scales1, SecondRow);
        int pairs = 8 / TFormat.ScalePieces;
        nint unit = (nint)(xScale - tile.X - tile.Layout.Scales) / sizeof(float);
        byte* words = tile.X + (TFormat.ScalePieces == 1 ? tile.Layout.Sums : tile.Layout.SumsOf32) + sizeof(int) * pairs * unit;
        byte* x = xScale;
        for (int t = 0; t < sizeof(TCount); t++)
        {
            TVector a = default, b = default;
            for (int pair = 0; pair < pairs; pair++)
            {
                TVector sums = TLanes.Broadcast(words + 4 * pair);
                a = TLanes.AddInts(a, TLanes.MultiplyPairs(TFormat.SubMinLanes<TVector, TLanes>(scales0, pair, 0), sums));
                if (sizeof(TRegisters) > 1) b = TLanes.AddInts(b, TLanes.MultiplyPairs(TFormat.SubMinLanes<TVector, TLanes>(scales1, pair, SecondRow), sums));
            }

            TVector factor = TLanes.Broadcast(x);
            TLanes.Store(results, TLanes.FusedNegated(TLanes.Multiply(TLanes.ToFloats(a), factor), minA, TLanes.Load(results)));
            if (sizeof(TRegisters) > 1) TLanes.Store(results + sizeof(TVector), TLanes.FusedNegated(TLanes.Multiply(TLanes.ToFloats(b), factor), minB, TLanes.Load(results + sizeof(TVector))));
            words += tile.Layout.Stride;
            x += tile.Layout.Stride;
            results += sizeof(TRegisters) * sizeof(TVector);
        }
    }

    /// <summary>Where a tile stands.</summary>
    ref struct Cursor
    {
        /// <summary>Numbers of the first token.</summary>
        public byte* X;

        /// <summary>Its scale.</summary>
        public byte* XScale;

        /// <summary>Its sums for offsets.</summary>
        public byte* Words;

        /// <summary>Codes of the 32 columns, first register and second.</summary>
        public byte* Codes0, Codes1;

        /// <summary>Scales of the unit.</summary>
        public byte* Scales0, Scales1;

        /// <summary>What to ask memory for.</summary>
        public byte* Ahead0, Ahead1;

        /// <summary>Which 16 of the 32 columns, where a sum is over 16.</summary>
        public int Half;
    }
}
