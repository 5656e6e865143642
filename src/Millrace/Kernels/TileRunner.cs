using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>The loops over all columns for 1 to 8 tokens.</summary>
unsafe interface ITiles
{
    /// <param name="tile">The rows and the first token.</param>
    /// <param name="tokens">Tokens, 1 to 8.</param>
    /// <param name="results">[tokens][registers] floats, zero; receives the outputs.</param>
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
    // Records of so many tokens stay in the second-level cache while all rows of the product meet them.
    const int TokensAtOnce = 64;
    const int CacheLine = 64;

    /// <summary>Tokens of a full tile: what 16 or 32 registers can hold the sums of.</summary>
    static int TileTokens => TLanes.Rows == 8 ? 4 : 8;

    public static void Run(in Product product)
    {
        int tileRows = sizeof(TRegisters) * TLanes.Rows;
        int bytes = TileTokens * sizeof(TRegisters) * sizeof(TVector);
        byte* results = stackalloc byte[2 * bytes + CacheLine];
        results = (byte*)((nint)results + CacheLine - 1 & ~(nint)(CacheLine - 1));
        for (int begin = 0; begin < product.Tokens; begin += TokensAtOnce)
        {
            int end = Math.Min(begin + TokensAtOnce, product.Tokens);
            for (int row = 0; row < product.Rows; row += tileRows)
            {
                for (int token = begin; token < end; token += TileTokens)
                {
                    Compute(product, row, token, Math.Min(TileTokens, end - token), results, results + bytes);
                }
            }
        }
    }

    static void Compute(in Product product, int row, int token, int tokens, byte* results, byte* scratch)
    {
        int width = sizeof(TRegisters) * sizeof(TVector);
        new Span<byte>(results, tokens * width).Clear();
        byte* panel0 = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
        int second = row + TLanes.Rows;
        // A last panel alone stands in for its missing neighbour, whose results nobody reads.
        byte* panel1 = second < product.Rows ? product.Panel + second / WeightMatrix.PanelRows * product.PanelBytes : panel0;
        Tile tile = new(product.X + (nint)token * product.Layout.Stride, product.Layout, panel0, panel1, product.Columns) { RunColumns = product.RunColumns };
        TTiles.Run(tile, tokens, results, scratch);

        int rows = Math.Min(sizeof(TRegisters) * TLanes.Rows, product.Rows - row);
        for (int t = 0; t < tokens; t++)
        {
            new ReadOnlySpan<float>(results + t * width, rows)
                .CopyTo(new Span<float>(product.Y + (nint)(token + t) * product.Stride + row, rows));
        }
    }
}
