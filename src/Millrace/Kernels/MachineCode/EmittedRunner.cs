using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>Cuts a product into emitted tiles.</summary>
/// <remarks>
/// Up to 4 tokens: <see cref="EmittedVectors{TFormat}"/>. Up to 8: one panel after another, each a single stream from memory.
/// More: two panels are a tile, whose weights, a span of columns at a time, stay in the first-level cache while 8 tokens after another meet them; and two tiles share what is gathered of the tokens.
/// </remarks>
static unsafe class EmittedRunner<TFormat>
    where TFormat : struct, IBlockFormat
{
    // Results of so many tokens are kept while the columns go by.
    const int TokensAtOnce = 64;
    const int MostTiles = 2;

    // Floats from one token's results to the next one's: rows of two panels.
    const int Stride = 2 * WeightMatrix.PanelRows;
    const int Span = 256;
    const int CacheLine = 64;

    static int SumColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16 * TFormat.ScalePieces;
    }

    /// <summary>Computes a product.</summary>
    /// <param name="product">The product.</param>
    /// <param name="functions">As <see cref="EmittedTile{TFormat}.Functions"/>.</param>
    public static void Run(in Product product, nint* functions)
    {
        if (product.Tokens <= VectorCode<TFormat>.MaxTokens)
        {
            EmittedVectors<TFormat>.Run(product, functions[product.Tokens - 1]);
        }
        else
        {
            RunTiles(product, functions);
        }
    }

    static void RunTiles(in Product product, nint* functions)
    {
        const int Results = MostTiles * TokensAtOnce * Stride, Gathered = TileCode.MaxTokens * Stride;
        byte* memory = stackalloc byte[(Results + Gathered) * sizeof(float) + MostTiles * TileLanes<TFormat>.Bytes + CacheLine];
        TokenScalars* tokens = stackalloc TokenScalars[TileCode.MaxTokens];
        float* results = (float*)((nint)memory + CacheLine - 1 & ~(nint)(CacheLine - 1));
        TileArguments arguments = EmittedTile<TFormat>.Constants;
        arguments.Stride = product.Layout.Stride;
        arguments.Tokens = tokens;
        arguments.Gathered = (int*)(results + Results);
        byte* lanes = (byte*)(results + Results + Gathered);
        int panels = product.Tokens <= TileCode.MaxTokens ? 1 : 2;
        int tileRows = panels * WeightMatrix.PanelRows, tiles = panels;
        for (int token = 0; token < product.Tokens; token += TokensAtOnce)
        {
            int count = Math.Min(TokensAtOnce, product.Tokens - token);
            for (int row = 0; row < product.Rows; row += tiles * tileRows)
            {
                int some = Math.Min(tiles, (product.Rows - row + tileRows - 1) / tileRows);
                Compute(product, row, some, panels, token, count, results, lanes, &arguments, functions);
                for (int tile = 0; tile < some; tile++)
                {
                    int first = row + tile * tileRows;
                    Put(product, first, Math.Min(tileRows, product.Rows - first), token, count, results + tile * TokensAtOnce * Stride);
                }
            }
        }
    }

    /// <summary>All columns of a few tiles and some tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Compute(in Product product, int row, int tiles, int panels, int firstToken, int tokens, float* results, byte* lanes, TileArguments* arguments, nint* functions)
    {
        for (int tile = 0; tile < tiles; tile++)
        {
            new Span<float>(results + tile * TokensAtOnce * Stride, tokens * Stride).Clear();
        }

        byte* panel = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
        // A last panel alone stands in for its missing neighbour, whose results nobody reads.
        nint last = (product.Rows - 1 - row) / WeightMatrix.PanelRows;
        int ahead = EmittedTile<TFormat>.AheadOf(panels);
        for (int column = 0; column < product.Columns; column += Span, panel += PanelLayout<TFormat>.SpanBytes)
        {
            int columns = Math.Min(Span, product.Columns - column), scales = columns / 32 * TFormat.CodeBytes;
            arguments->Blocks = columns / 32;
            for (int tile = 0; tile < tiles; tile++)
            {
                byte* panel0 = panel + panels * tile * product.PanelBytes, panel1 = panel + Math.Min(panels * tile + 1, last) * product.PanelBytes;
                TileLanes<TFormat>.Put(panel0 + scales, panels == 2 ? panel1 + scales : null, columns / 16 / TFormat.UnitPieces, lanes + tile * TileLanes<TFormat>.Bytes);
                Prefetch(panel0 + ahead);
                if (panels == 2)
                {
                    Prefetch(panel1 + ahead);
                }
            }

            for (int token = 0; token < tokens; token += TileCode.MaxTokens)
            {
                int count = Math.Min(TileCode.MaxTokens, tokens - token);
                byte* x = product.X + (nint)(firstToken + token) * product.Layout.Stride;
                PutScalars(product.Layout, x, count, column, columns, arguments->Tokens);
                arguments->X = x + column;
                nint function = functions[panels == 1 ? count - 1
                    : token == 0 && count == TileCode.MaxTokens ? EmittedTile<TFormat>.TwoPanelsAhead
                    : EmittedTile<TFormat>.TwoPanels + count - 1];
                for (int tile = 0; tile < tiles; tile++)
                {
                    arguments->Panel0 = panel + panels * tile * product.PanelBytes;
                    arguments->Panel1 = panel + Math.Min(panels * tile + 1, last) * product.PanelBytes;
                    arguments->Lanes = lanes + tile * TileLanes<TFormat>.Bytes;
                    arguments->Results = results + (tile * TokensAtOnce + token) * Stride;
                    ((delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)function)(arguments);
                }
            }
        }
    }

    /// <summary>Asks for the scales of a later span: its code asks for codes only, and scales are wanted first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* span)
    {
        for (int line = 8 * TFormat.CodeBytes; line < PanelLayout<TFormat>.SpanBytes; line += CacheLine)
        {
            Sse.Prefetch0(span + line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Put(in Product product, int row, int rows, int firstToken, int tokens, float* results)
    {
        for (int token = 0; token < tokens; token++)
        {
            new ReadOnlySpan<float>(results + token * Stride, rows).CopyTo(new Span<float>(product.Y + (nint)(firstToken + token) * product.Stride + row, rows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PutScalars(in ActivationLayout layout, byte* x, int tokens, int column, int columns, TokenScalars* to)
    {
        int sums = columns / SumColumns;
        byte* words = x + (SumColumns == 16 ? layout.Words16 : layout.Words32) + column / SumColumns * sizeof(int);
        float* factors = (float*)(x + layout.Scales) + column / (TFormat.UnitPieces == 16 ? 256 : 32);
        int* totals = TFormat.UnitPieces < 16 ? (int*)(x + layout.Sums) + column / 32
            : TFormat.ScalePieces == 1 ? (int*)(x + layout.Sums) + column / 32
            : (int*)(x + layout.SumsOf32) + column / 64;
        for (int token = 0; token < tokens; token++, to++)
        {
            Starts((int*)(words + (nint)token * layout.Stride), sums, to->Starts);
            float* factor = (float*)((byte*)factors + (nint)token * layout.Stride);
            if (TFormat.UnitPieces == 16)
            {
                to->Factors[0] = *factor;
            }
            else
            {
                Copy(factor, sums, to->Factors);
            }

            if (TFormat.HasMins)
            {
                Copy((float*)((byte*)totals + (nint)token * layout.Stride), TFormat.UnitPieces == 16 ? sums / 2 : sums, (float*)to->Totals);
            }
        }
    }

    /// <summary>Words for sums; where sums are over 16 columns under a scale of 32, each serves two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy(float* from, int count, float* to)
    {
        int i = 0;
        for (; TFormat.UnitPieces > 1 && i + 4 <= count; i += 4)
        {
            Vector128.Store(Vector128.Load(from + i), to + i);
        }

        for (; i < count; i++)
        {
            to[i] = from[TFormat.UnitPieces > 1 ? i : i / 2];
        }
    }

    /// <summary>Where sums begin: at minus the offset times the sum of the numbers that will come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Starts(int* words, int sums, int* starts)
    {
        int i = 0;
        for (; i + 8 <= sums; i += 8)
        {
            Vector256.Store(Avx2.MultiplyAddAdjacent(Vector256.Load(words + i).AsInt16(), Vector256.Create((short)-TFormat.Offset)), starts + i);
        }

        for (; i < sums; i++)
        {
            starts[i] = -TFormat.Offset * ((short)words[i] + (words[i] >> 16));
        }
    }
}
