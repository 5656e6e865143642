using Millrace.Formats;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>A matrix of blocks of integers.</summary>
sealed unsafe class BlockMatrix<TFormat>(int rows, int columns) : WeightMatrix(rows, columns, Codes(columns) + columns / (16 * TFormat.UnitPieces) * (long)TFormat.ScaleBytes)
    where TFormat : struct, IBlockFormat
{
    /// <inheritdoc/>
    public override WeightType Type => TFormat.Type;

    private protected override void PutRow(byte* panel, int row, byte* from)
    {
        WeightUnit weights;
        int length = 16 * TFormat.UnitPieces;
        byte* scales = panel + Codes(Columns);
        for (int unit = 0; unit < Columns / length; unit++)
        {
            TFormat.Read(from, unit, &weights);
            TFormat.PutScales(scales + unit * TFormat.ScaleBytes, row, &weights);
            if (length >= 32)
            {
                for (int k = 0; k < length; k += 32)
                {
                    TFormat.PutCodes(Block(panel, unit * length + k), row, weights.Codes + k);
                }
            }
            else
            {
                PutPiece(panel, row, unit, &weights);
            }
        }
    }

    private protected override void ReadRow(byte* panel, int row, float* to)
    {
        WeightUnit weights;
        int length = 16 * TFormat.UnitPieces;
        for (int unit = 0; unit < Columns / length; unit++, to += length)
        {
            ScalarBlockKernel<TFormat>.Get(panel, panel + Codes(Columns), row, unit, &weights);
            float scale = TFormat.Scale(weights.Scale);
            float min = TFormat.HasMins ? HalfBits.FromHalf(weights.Min) : 0;
            for (int k = 0; k < length; k++)
            {
                float product = scale * weights.SubScales[k / 16] * TFormat.Value(weights.Codes[k]);
                to[k] = !TFormat.HasMins ? product
                    : TFormat.UnitPieces == 16 ? product - min * weights.SubMins[k / 16]
                    : product + min;
            }
        }
    }

    private protected override void Run(in Product product) => ScalarBlockKernel<TFormat>.Run(product);

    // A unit of 16 fills half a block of 32.
    void PutPiece(byte* panel, int row, int unit, WeightUnit* weights)
    {
        byte* both = stackalloc byte[32];
        byte* block = Block(panel, unit * 16);
        TFormat.GetCodes(block, row, both);
        new ReadOnlySpan<byte>(weights->Codes, 16).CopyTo(new Span<byte>(both + unit % 2 * 16, 16));
        TFormat.PutCodes(block, row, both);
    }

    static byte* Block(byte* panel, int column) => panel + column / 32 * (nint)TFormat.CodeBytes;

    static long Codes(int columns) => columns / 32 * (long)TFormat.CodeBytes;
}
