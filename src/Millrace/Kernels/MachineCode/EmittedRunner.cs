using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>Cuts a product into emitted tiles: 64 rows, a span of columns after another, and for each span, while its weights are in the first-level cache, 8 tokens after another.</summary>
static unsafe class EmittedRunner<TFormat>
    where TFormat : struct, IBlockFormat
{
    // Results of so many tokens are kept while the columns go by.
    const int TokensAtOnce = 64;

    // Two panels are a tile; two tiles share what is read of the tokens.
    const int TileRows = 2 * WeightMatrix.PanelRows;
    const int TilesAtOnce = 2;
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
        const int Results = TilesAtOnce * TokensAtOnce * TileRows, Gathered = TileCode.MaxTokens * TileRows;
        byte* memory = stackalloc byte[(Results + Gathered) * sizeof(float) + TilesAtOnce * TileLanes<TFormat>.Bytes + CacheLine];
        TokenScalars* tokens = stackalloc TokenScalars[TileCode.MaxTokens];
        float* results = (float*)((nint)memory + CacheLine - 1 & ~(nint)(CacheLine - 1));
        TileArguments arguments = EmittedTile<TFormat>.Constants;
        arguments.Stride = product.Layout.Stride;
        arguments.Tokens = tokens;
        arguments.Gathered = (int*)(results + Results);
        byte* lanes = (byte*)(results + Results + Gathered);
        for (int token = 0; token < product.Tokens; token += TokensAtOnce)
        {
            int count = Math.Min(TokensAtOnce, product.Tokens - token);
            for (int row = 0; row < product.Rows; row += TilesAtOnce * TileRows)
            {
                for (int tile = 0; tile < TilesAtOnce; tile++)
                {
                    new Span<float>(results + tile * TokensAtOnce * TileRows, count * TileRows).Clear();
                }

                Compute(product, row, token, count, results, lanes, &arguments, functions);
                for (int tile = 0; tile < TilesAtOnce && row + tile * TileRows < product.Rows; tile++)
                {
                    Put(product, row + tile * TileRows, token, count, results + tile * TokensAtOnce * TileRows);
                }
            }
        }
    }

    /// <summary>All columns of a few tiles and some tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Compute(in Product product, int row, int firstToken, int tokens, float* results, byte* lanes, TileArguments* arguments, nint* functions)
    {
        int tiles = Math.Min(TilesAtOnce, (product.Rows - row + TileRows - 1) / TileRows);
        byte* panel = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
        // A last panel alone stands in for its missing neighbour, whose results nobody reads.
        nint last = (product.Rows - 1 - row) / WeightMatrix.PanelRows;
        for (int column = 0; column < product.Columns; column += Span, panel += PanelLayout<TFormat>.SpanBytes)
        {
            int columns = Math.Min(Span, product.Columns - column), scales = columns / 32 * TFormat.CodeBytes;
            arguments->Blocks = columns / 32;
            for (int tile = 0; tile < tiles; tile++)
            {
                byte* panel0 = panel + 2 * tile * product.PanelBytes, panel1 = panel + Math.Min(2 * tile + 1, last) * product.PanelBytes;
                TileLanes<TFormat>.Put(panel0 + scales, panel1 + scales, columns / 16 / TFormat.UnitPieces, lanes + tile * TileLanes<TFormat>.Bytes);
                Prefetch(panel0);
                Prefetch(panel1);
            }

            for (int token = 0; token < tokens; token += TileCode.MaxTokens)
            {
                int count = Math.Min(TileCode.MaxTokens, tokens - token);
                byte* x = product.X + (nint)(firstToken + token) * product.Layout.Stride;
                PutScalars(product.Layout, x, count, column, columns, arguments->Tokens);
                arguments->X = x + column;
                var function = (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)functions[(token == 0 ? 0 : TileCode.MaxTokens) + count - 1];
                for (int tile = 0; tile < tiles; tile++)
                {
                    arguments->Panel0 = panel + 2 * tile * product.PanelBytes;
                    arguments->Panel1 = panel + Math.Min(2 * tile + 1, last) * product.PanelBytes;
                    arguments->Lanes = lanes + tile * TileLanes<TFormat>.Bytes;
                    arguments->Results = results + (tile * TokensAtOnce + token) * TileRows;
                    function(arguments);
                }
            }
        }
    }

    /// <summary>Asks for what the code does not, that lies behind the codes of a span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Prefetch(byte* panel)
    {
        for (int line = 8 * TFormat.CodeBytes; line < PanelLayout<TFormat>.SpanBytes; line += CacheLine)
        {
            Sse.Prefetch0(panel + EmittedTile<TFormat>.AheadBytes + line);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Put(in Product product, int row, int firstToken, int tokens, float* results)
    {
        int rows = Math.Min(TileRows, product.Rows - row);
        for (int token = 0; token < tokens; token++)
        {
            new ReadOnlySpan<float>(results + token * TileRows, rows).CopyTo(new Span<float>(product.Y + (nint)(firstToken + token) * product.Stride + row, rows));
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
