using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>Compares emitted products of a format with <see cref="ScalarBlockKernel{TFormat}"/>, for each number of tokens: random weights, and codes that are all ones or all zeros against activations of the largest magnitude.</summary>
static unsafe class EmittedCheck<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int Rows = 48;
    const int Tokens = 2 * ProductShape.MostTokens;

    /// <summary>Whether no bit differs.</summary>
    /// <param name="functions">As <see cref="EmittedFunctions{TFormat}.Functions"/>.</param>
    public static bool Passes(nint* functions)
    {
        // A span and the shortest rest.
        int columns = 256 + TFormat.Type.BlockLength;
        byte[] rows = new byte[Rows * TFormat.Type.RowBytes(columns)];
        RandomBlocks.Fill(TFormat.Type, rows, 1, 0.05f);
        using BlockMatrix<TFormat> matrix = new(Rows, columns);
        using ActivationBuffer x = ActivationBuffer.Create(matrix.Activation, Tokens, columns);
        matrix.Allocate();
        fixed (byte* from = rows)
        {
            matrix.FillPanels(from, 0, Rows, null, 0);
        }

        Activate(x, columns);
        float[] results = new float[Tokens * Rows];
        fixed (float* y = results)
        {
            Product product = matrix.Product(x, 0, Tokens, 0, Rows, y, Rows);
            bool passes = Equal(product, functions);
            FillCodes(product, 0xFF);
            passes &= Equal(product, functions);
            FillCodes(product, 0);
            return passes && Equal(product, functions);
        }
    }

    // Random numbers, then all of the largest magnitude: one sign, the other, neighbours opposite, and any.
    static void Activate(ActivationBuffer x, int columns)
    {
        Random random = new(1);
        float* vector = stackalloc float[columns];
        for (int token = 0; token < Tokens; token++)
        {
            for (int k = 0; k < columns; k++)
            {
                vector[k] = (token % 5) switch
                {
                    0 => random.NextSingle() * 2 - 1,
                    1 => 1,
                    2 => -1,
                    3 => k % 2 == 0 ? 1 : -1,
                    _ => random.Next(2) == 0 ? 1 : -1,
                };
            }

            x.Quantize(token, vector);
        }
    }

    static bool Equal(in Product product, nint* functions)
    {
        ScalarBlockKernel<TFormat>.Run(product);
        float[] expected = new ReadOnlySpan<float>(product.Y, Tokens * Rows).ToArray();
        // Up to 8, whose code asks memory; then these and as many again, whose code does not.
        for (int tokens = 1; tokens <= Tokens; tokens++)
        {
            Span<float> actual = new(product.Y, tokens * Rows);
            actual.Fill(float.NaN);
            EmittedRunner<TFormat>.Run(product with { Tokens = tokens }, functions);
            if (!MemoryMarshal.AsBytes(actual).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan(0, tokens * Rows))))
            {
                return false;
            }
        }

        return true;
    }

    static void FillCodes(in Product product, byte value)
    {
        for (int panel = 0; panel < Rows / WeightMatrix.PanelRows; panel++)
        {
            for (int column = 0; column < product.Columns; column += 32)
            {
                new Span<byte>(product.Panel + panel * product.PanelBytes + PanelLayout<TFormat>.Codes(column), TFormat.CodeBytes).Fill(value);
            }
        }
    }
}
