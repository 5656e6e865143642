using Millrace.Kernels.Blocks;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>Cuts a product of a block format into tiles.</summary>
static unsafe class BlockKernel<TFormat, TLanes, TDot, TVector, TRegisters>
    where TFormat : struct, IBlockFormat
    where TLanes : struct, ILanes<TVector>
    where TDot : struct, IDot<TVector>
    where TVector : unmanaged
    where TRegisters : unmanaged
{
    // Records of so many tokens stay in the second-level cache while all rows of the product meet them.
    const int TokensAtOnce = 64;

    /// <summary>Tokens of a full tile: what 16 or 32 registers can hold the sums of.</summary>
    static int TileTokens => TLanes.Rows == 8 ? 4 : 8;

    public static void Run(in Product product)
    {
        int tileRows = sizeof(TRegisters) * TLanes.Rows;
        for (int begin = 0; begin < product.Tokens; begin += TokensAtOnce)
        {
            int end = Math.Min(begin + TokensAtOnce, product.Tokens);
            for (int row = 0; row < product.Rows; row += tileRows)
            {
                for (int token = begin; token < end; token += TileTokens)
                {
                    Compute(product, row, token, Math.Min(TileTokens, end - token));
                }
            }
        }
    }

    static void Compute(in Product product, int row, int token, int tokens)
    {
        byte* results = stackalloc byte[8 * 2 * 64 * 2 + 64];
        results = (byte*)((nint)results + 63 & ~(nint)63);
        new Span<byte>(results, tokens * 2 * sizeof(TVector)).Clear();
        byte* panel0 = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
        int second = row + TLanes.Rows;
        // A last panel alone stands in for its missing neighbour, whose results nobody reads.
        byte* panel1 = second < product.Rows ? product.Panel + second / WeightMatrix.PanelRows * product.PanelBytes : panel0;
        Tile tile = new(product.X + (nint)token * product.Layout.Stride, product.Layout, panel0, panel1, product.Columns);
        Run(tile, tokens, results, results + 8 * 2 * 64);

        int rows = Math.Min(sizeof(TRegisters) * TLanes.Rows, product.Rows - row);
        for (int t = 0; t < tokens; t++)
        {
            new ReadOnlySpan<float>(results + t * 2 * sizeof(TVector), rows)
                .CopyTo(new Span<float>(product.Y + (nint)(token + t) * product.Stride + row, rows));
        }
    }

    static void Run(in Tile tile, int tokens, byte* results, byte* gathered)
    {
        switch (tokens)
        {
            case 1: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, One>.Run(tile, results, gathered); break;
            case 2: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Two>.Run(tile, results, gathered); break;
            case 3: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Three>.Run(tile, results, gathered); break;
            case 4: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Four>.Run(tile, results, gathered); break;
            case 5: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Five>.Run(tile, results, gathered); break;
            case 6: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Six>.Run(tile, results, gathered); break;
            case 7: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Seven>.Run(tile, results, gathered); break;
            default: BlockTile<TFormat, TLanes, TDot, TVector, TRegisters, Eight>.Run(tile, results, gathered); break;
        }
    }
}
