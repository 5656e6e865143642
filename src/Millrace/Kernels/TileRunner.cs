using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The loops over columns for 1 to 8 tokens.</summary>
unsafe interface ITiles
{
    /// <summary>Where a column, a multiple of 256, begins in a panel.</summary>
    static abstract nint Offset(int column, int runColumns);

    /// <summary>Runs over the columns of a tile, adding to the results.</summary>
    /// <param name="tile">The rows and the first token.</param>
    /// <param name="tokens">Tokens, 1 to 8.</param>
    /// <param name="results">[tokens][registers] floats, to which the columns are added.</param>
    /// <param name="scratch">Of the same size.</param>
    static abstract void Run(in Tile tile, int tokens, byte* results, byte* scratch);
}

/// <summary>Cuts a product into tiles: what the registers of a path hold of rows and tokens.</summary>
static unsafe class TileRunner<TTiles, TLanes, TVector, TRegisters>
    where TTiles : struct, ITiles
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
{
    // Results of so many tokens are kept while the columns go by.
    const int TokensAtOnce = 64;

    // Weights that stay in the first-level cache while one group of tokens after another meets them.
    const int WeightBytesAtOnce = 16 << 10;
    const int CacheLine = 64;

    /// <summary>Tokens of a full tile: what 16 or 32 registers can hold the sums of.</summary>
    static int TileTokens => TLanes.Rows == 8 ? 4 : 8;

    /// <summary>Bytes of a token's results in a tile.</summary>
    static int Width => sizeof(TRegisters) * sizeof(TVector);

    public static void Run(in Product product)
    {
        byte* results = stackalloc byte[(TokensAtOnce + TileTokens) * Width + CacheLine];
        results = (byte*)((nint)results + CacheLine - 1 & ~(nint)(CacheLine - 1));
        for (int token = 0; token < product.Tokens; token += TokensAtOnce)
        {
            int tokens = Math.Min(TokensAtOnce, product.Tokens - token);
            for (int row = 0; row < product.Rows; row += sizeof(TRegisters) * TLanes.Rows)
            {
                Compute(product, row, token, tokens, results);
            }
        }
    }

    static void Compute(in Product product, int row, int firstToken, int tokens, byte* results)
    {
        new Span<byte>(results, tokens * Width).Clear();
        byte* panel0 = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
        int second = row + TLanes.Rows;
        // A last panel alone stands in for its missing neighbour, whose results nobody reads.
        byte* panel1 = second < product.Rows ? product.Panel + second / WeightMatrix.PanelRows * product.PanelBytes : panel0;
        int columns = tokens > TileTokens ? ColumnsAtOnce(product) : product.Columns;
        for (int column = 0; column < product.Columns; column += columns)
        {
            nint offset = TTiles.Offset(column, product.RunColumns);
            for (int token = 0; token < tokens; token += TileTokens)
            {
                Tile tile = new(
                    product.X + (nint)(firstToken + token) * product.Layout.Stride, product.Layout, panel0 + offset, panel1 + offset,
                    column, Math.Min(columns, product.Columns - column), product.RunColumns, token == 0);
                TTiles.Run(tile, Math.Min(TileTokens, tokens - token), results + token * Width, results + TokensAtOnce * Width);
            }
        }

        int rows = Math.Min(sizeof(TRegisters) * TLanes.Rows, product.Rows - row);
        for (int t = 0; t < tokens; t++)
        {
            new ReadOnlySpan<float>(results + t * Width, rows)
                .CopyTo(new Span<float>(product.Y + (nint)(firstToken + t) * product.Stride + row, rows));
        }
    }

    static int ColumnsAtOnce(in Product product)
    {
        nint panels = TLanes.Rows * sizeof(TRegisters) / WeightMatrix.PanelRows;
        nint bytes = TTiles.Offset(CutColumns, product.RunColumns) * panels;
        return (int)Math.Max(1, WeightBytesAtOnce / bytes) * CutColumns;
    }

    // Columns are cut at multiples of this: a span of blocks, whole runs of floats.
    const int CutColumns = 256;
}
