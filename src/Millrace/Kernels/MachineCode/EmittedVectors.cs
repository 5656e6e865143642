using System.Runtime.CompilerServices;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>Cuts a product with few tokens into calls of emitted code, a panel each: whole spans, and what is left of the columns.</summary>
static unsafe class EmittedVectors<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int Rows = WeightMatrix.PanelRows;
    const int Span = PanelLayout<TFormat>.SpanColumns;
    const int CacheLine = 64;

    /// <summary>Computes a product.</summary>
    /// <param name="product">The product; of at most <see cref="VectorCode{TFormat}.MaxTokens"/> tokens.</param>
    /// <param name="function">The code for so many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product product, nint function)
    {
        byte* memory = stackalloc byte[VectorCode<TFormat>.MaxTokens * Rows * sizeof(float) + CacheLine];
        float* results = (float*)((nint)memory + CacheLine - 1 & ~(nint)(CacheLine - 1));
        int spans = product.Columns / Span, rest = product.Columns % Span;
        VectorArguments whole = At(product, results, 0, Span, spans), last = At(product, results, spans * Span, rest, 1);
        for (int row = 0; row < product.Rows; row += Rows)
        {
            new Span<float>(results, product.Tokens * Rows).Clear();
            byte* panel = product.Panel + row / Rows * product.PanelBytes;
            if (spans > 0)
            {
                whole.Codes = panel;
                ((delegate* unmanaged[SuppressGCTransition]<VectorArguments*, void>)function)(&whole);
            }

            if (rest > 0)
            {
                last.Codes = panel + spans * (nint)PanelLayout<TFormat>.SpanBytes;
                ((delegate* unmanaged[SuppressGCTransition]<VectorArguments*, void>)function)(&last);
            }

            int count = Math.Min(Rows, product.Rows - row);
            for (int token = 0; token < product.Tokens; token++)
            {
                new ReadOnlySpan<float>(results + token * Rows, count).CopyTo(new Span<float>(product.Y + (nint)token * product.Stride + row, count));
            }
        }
    }

    /// <summary>The arguments for spans of so many columns from a column on.</summary>
    static VectorArguments At(in Product product, float* results, int column, int columns, int spans)
    {
        ActivationLayout layout = product.Layout;
        int unit = TFormat.UnitPieces == 16 ? Span : 32;
        int words = TFormat.ScalePieces == 1 ? layout.Words16 : layout.Words32;
        int totals = TFormat.UnitPieces == 16 && TFormat.ScalePieces == 2 ? layout.SumsOf32 : layout.Sums;
        int totalColumns = TFormat.UnitPieces == 16 ? 32 * TFormat.ScalePieces : 32;
        return new VectorArguments
        {
            Scales = columns / 32 * TFormat.CodeBytes,
            X = product.X + column,
            Stride = product.Layout.Stride,
            Words = product.X + words + column / (16 * TFormat.ScalePieces) * sizeof(int),
            Factors = product.X + layout.Scales + column / unit * sizeof(float),
            Totals = product.X + totals + column / totalColumns * sizeof(int),
            Constants = EmittedTile<TFormat>.VectorConstants,
            Results = results,
            Spans = spans,
            Steps = columns / unit,
        };
    }
}
