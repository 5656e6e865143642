using System.Numerics;
using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public sealed class KernelLogTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public unsafe void A_product_notes_the_one_path_that_it_took(int tokens)
    {
        KernelLog log = new(WeightType.Q4_0);
        using WeightMatrix plain = Matrix(scale: 0x3c00);
        using WeightMatrix special = Matrix(scale: 0x7c00); // infinite: only plain code multiplies it
        plain.Log = special.Log = log;
        Assert.Equal(0, log.Take());
        Multiply(plain, tokens);
        int paths = log.Take();
        Assert.Equal(1, BitOperations.PopCount((uint)paths));
        Assert.Contains((KernelPath)BitOperations.TrailingZeroCount(paths), KernelPaths.Supported);
        Assert.Equal(0, log.Take());
        Multiply(special, tokens);
        Assert.Equal(1 << (int)KernelPath.Scalar, log.Take());
        special.Log = null;
        Multiply(special, tokens);
        Assert.Equal(0, log.Take());
    }

    static WeightMatrix Matrix(ushort scale)
    {
        byte[] rows = new byte[32 * 18]; // a block in each row: the scale, and 16 bytes of codes
        for (int row = 0; row < 32; row++)
        {
            BitConverter.TryWriteBytes(rows.AsSpan(row * 18), scale);
        }

        return WeightMatrix.Load(WeightType.Q4_0, 32, 32, rows);
    }

    static unsafe void Multiply(WeightMatrix matrix, int tokens)
    {
        using ActivationBuffer input = ActivationBuffer.Create(matrix.Activation, tokens, matrix.Columns);
        float[] output = new float[tokens * matrix.Rows];
        fixed (float* zeros = new float[matrix.Columns], to = output)
        {
            for (int token = 0; token < tokens; token++)
            {
                input.Quantize(token, zeros);
            }

            matrix.Multiply(input, 0, tokens, 0, matrix.Rows, to, matrix.Rows);
        }
    }
}
