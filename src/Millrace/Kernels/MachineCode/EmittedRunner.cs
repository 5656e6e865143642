using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>Cuts a product into calls of emitted code: one or two panels and up to 8 tokens.</summary>
/// <remarks>The first tokens to meet a panel bring it from memory, all its columns as a single stream. Those that come after find it in the second-level cache: panel after panel meets the same numbers, which stay in the first-level cache.</remarks>
static unsafe class EmittedRunner<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int Rows = WeightMatrix.PanelRows;
    const int Span = PanelLayout<TFormat>.SpanColumns;
    const int MostTokens = ProductShape.MostTokens;

    // The numbers of so many tokens stay in the second-level cache, so many columns of 8 in the first.
    const int TokensAtOnce = 64;
    const int ColumnsAtOnce = 2048;

    /// <summary>Computes a product.</summary>
    /// <param name="product">The product.</param>
    /// <param name="functions">As <see cref="EmittedFunctions{TFormat}.Functions"/>.</param>
    public static void Run(in Product product, nint* functions)
    {
        float* partial = stackalloc float[2 * MostTokens * Rows];
        ProductArguments arguments = new()
        {
            Stride = product.Layout.Stride,
            Panel = product.PanelBytes,
            Constants = EmittedFunctions<TFormat>.Constants,
        };
        int groups = (product.Tokens + TokensAtOnce - 1) / TokensAtOnce;
        for (int group = 0; group < groups; group++)
        {
            int first = Part(product.Tokens, group, groups);
            Run(product, first, Part(product.Tokens, group + 1, groups), functions, &arguments, partial);
        }
    }

    static void Run(in Product product, int first, int end, nint* functions, ProductArguments* arguments, float* partial)
    {
        int passes = (end - first + MostTokens - 1) / MostTokens, met = first;
        if (first == 0)
        {
            met = Part(end, 1, passes);
            for (int row = 0; row < product.Rows; row += Rows)
            {
                Run(product, row, 0, 0, product.Columns, new ProductShape(1, met, true), functions, arguments, partial);
            }
        }

        for (int column = 0; column < product.Columns && met < end; column += ColumnsAtOnce)
        {
            int columns = Math.Min(ColumnsAtOnce, product.Columns - column);
            for (int pass = first == 0 ? 1 : 0; pass < passes; pass++)
            {
                int token = first + Part(end - first, pass, passes), tokens = first + Part(end - first, pass + 1, passes) - token;
                for (int row = 0; row < product.Rows;)
                {
                    int panels = ProductCode<TFormat>.HasPairs && row + Rows < product.Rows ? 2 : 1;
                    Run(product, row, token, column, columns, new ProductShape(panels, tokens, false), functions, arguments, partial);
                    row += panels * Rows;
                }
            }
        }
    }

    static int Part(int of, int index, int count) => (int)((long)of * index / count);

    /// <summary>Some columns of one or two panels, added to the results of those before. A panel that is cut has its results in <paramref name="partial"/> meanwhile.</summary>
    static void Run(
        in Product product, int row, int token, int column, int columns, ProductShape shape, nint* functions, ProductArguments* arguments, float* partial)
    {
        float* y = product.Y + (nint)token * product.Stride + row;
        int rows = Math.Min(shape.Panels * Rows, product.Rows - row);
        bool isWhole = rows == shape.Panels * Rows;
        int stride = isWhole ? product.Stride : 2 * Rows;
        float* results = isWhole ? y : partial;
        for (int i = 0; i < shape.Tokens && (column == 0 || !isWhole); i++)
        {
            if (column == 0)
            {
                new Span<float>(results + (nint)i * stride, shape.Panels * Rows).Clear();
            }
            else
            {
                new ReadOnlySpan<float>(y + (nint)i * product.Stride, rows).CopyTo(new Span<float>(results + i * stride, rows));
            }
        }

        arguments->Results = results;
        arguments->ResultStride = (nint)stride * sizeof(float);
        byte* panel = product.Panel + row / Rows * product.PanelBytes + column / Span * PanelLayout<TFormat>.SpanBytes;
        nint function = functions[shape.Index];
        int spans = columns / Span, rest = columns % Span;
        if (spans > 0)
        {
            Call(product, panel, token, column, spans, Span, function, arguments);
        }

        if (rest > 0)
        {
            Call(product, panel + spans * (nint)PanelLayout<TFormat>.SpanBytes, token, column + spans * Span, 1, rest, function, arguments);
        }

        for (int i = 0; !isWhole && i < shape.Tokens; i++)
        {
            new ReadOnlySpan<float>(results + i * stride, rows).CopyTo(new Span<float>(y + (nint)i * product.Stride, rows));
        }
    }

    /// <summary>Spans of so many columns from a column on.</summary>
    static void Call(in Product product, byte* codes, int token, int column, int spans, int columns, nint function, ProductArguments* arguments)
    {
        ActivationLayout layout = product.Layout;
        byte* x = product.X + (nint)token * layout.Stride;
        int unit = TFormat.UnitPieces == 16 ? Span : 32;
        int words = TFormat.ScalePieces == 1 ? layout.Words16 : layout.Words32;
        int totals = TFormat.UnitPieces == 16 && TFormat.ScalePieces == 2 ? layout.SumsOf32 : layout.Sums;
        int totalColumns = TFormat.UnitPieces == 16 ? 32 * TFormat.ScalePieces : 32;
        arguments->Codes = codes;
        arguments->Scales = columns / 32 * TFormat.CodeBytes;
        arguments->X = x + column;
        arguments->Words = x + words + column / (16 * TFormat.ScalePieces) * sizeof(int);
        arguments->Factors = x + layout.Scales + column / unit * sizeof(float);
        arguments->Totals = x + totals + column / totalColumns * sizeof(int);
        arguments->Spans = spans;
        arguments->Steps = columns / unit;
        ((delegate* unmanaged[SuppressGCTransition]<ProductArguments*, void>)function)(arguments);
    }
}
