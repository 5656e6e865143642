using Millrace.Kernels.Blocks;

namespace Millrace.Kernels;

/// <summary>The product of a block format in plain C#: what every other path must equal bit for bit.</summary>
/// <remarks>
/// For each unit, with integer sums s = Σ subscale·Σ value·x and m = Σ submin·Σ x, both exact:
/// units of 256: y = fma(float(s)·xscale, scale, y), then y = fma(−float(m)·xscale, min, y);
/// shorter units: y = fma(float(s)·xscale, scale, y), then y = fma(xsum, min, y), where xsum is the rounded product of the activations' scale and sum.
/// Units follow in ascending order from y = 0.
/// </remarks>
static unsafe class ScalarBlockKernel<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int TokensAtOnce = 64;

    public static void Run(in Product product)
    {
        for (int row = 0; row < product.Rows; row++)
        {
            byte* panel = product.Panel + row / WeightMatrix.PanelRows * product.PanelBytes;
            for (int token = 0; token < product.Tokens; token += TokensAtOnce)
            {
                Row(product, panel, row, token, Math.Min(TokensAtOnce, product.Tokens - token));
            }
        }
    }

    /// <summary>Takes one unit of one row out of a panel.</summary>
    public static void Get(byte* panel, int columns, int row, int unit, WeightUnit* to)
    {
        int length = 16 * TFormat.UnitPieces;
        if (length >= 32)
        {
            for (int k = 0; k < length; k += 32)
            {
                TFormat.GetCodes(panel + PanelLayout<TFormat>.Codes(unit * length + k), row, to->Codes + k);
            }
        }
        else
        {
            byte* both = stackalloc byte[32];
            TFormat.GetCodes(panel + PanelLayout<TFormat>.Codes(unit * 16), row, both);
            new ReadOnlySpan<byte>(both + unit % 2 * 16, 16).CopyTo(new Span<byte>(to->Codes, 16));
        }

        TFormat.GetScales(panel + PanelLayout<TFormat>.Scales(unit, columns), row, to);
    }

    static void Row(in Product product, byte* panel, int row, int token, int tokens)
    {
        int length = 16 * TFormat.UnitPieces;
        float* y = stackalloc float[tokens];
        sbyte* values = stackalloc sbyte[length];
        new Span<float>(y, tokens).Clear();
        WeightUnit weights;
        for (int unit = 0; unit < product.Columns / length; unit++)
        {
            Get(panel, product.Columns, row % WeightMatrix.PanelRows, unit, &weights);
            for (int k = 0; k < length; k++)
            {
                values[k] = (sbyte)TFormat.Value(weights.Codes[k]);
            }

            for (int t = 0; t < tokens; t++)
            {
                y[t] = Add(y[t], &weights, values, product.X + (nint)(token + t) * product.Layout.Stride, product.Layout, unit);
            }
        }

        for (int t = 0; t < tokens; t++)
        {
            product.Y[(nint)(token + t) * product.Stride + row] = y[t];
        }
    }

    static float Add(float y, WeightUnit* weights, sbyte* values, byte* x, ActivationLayout layout, int unit)
    {
        int pieces = TFormat.UnitPieces;
        sbyte* numbers = (sbyte*)x + 16 * pieces * unit;
        int sum = 0, mins = 0;
        for (int piece = 0; piece < pieces; piece++)
        {
            int products = 0;
            int plain = 0;
            for (int k = 16 * piece; k < 16 * piece + 16; k++)
            {
                products += values[k] * numbers[k];
                plain += numbers[k];
            }

            sum += weights->SubScales[piece] * products;
            mins += weights->SubMins[piece] * plain;
        }

        float scale = TFormat.Scale(weights->Scale);
        if (pieces == 16)
        {
            float xScale = ((float*)(x + layout.Scales))[unit];
            y = MathF.FusedMultiplyAdd(sum * xScale, scale, y);
            return TFormat.HasMins ? MathF.FusedMultiplyAdd(-(mins * xScale), HalfBits.FromHalf(weights->Min), y) : y;
        }

        y = MathF.FusedMultiplyAdd(sum * ((float*)(x + layout.Scales))[unit * pieces / 2], scale, y);
        return TFormat.HasMins ? MathF.FusedMultiplyAdd(((float*)(x + layout.Sums))[unit], HalfBits.FromHalf(weights->Min), y) : y;
    }
}
