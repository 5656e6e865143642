using System.Buffers.Binary;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

/// <summary>The values at which sums of 16 bits come nearest to their end, scales that are subnormal, and vectors that are zero, tiny, huge or not numbers.</summary>
public unsafe class ExtremeValueTests
{
    public static TheoryData<WeightType> BlockTypes => [.. WeightTypes.All.Where(type => type.BlockLength > 1)];

    /// <summary>All bytes equal makes all codes and scales extreme in turn: all ones, all zeros, high and low bits.</summary>
    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Extreme_codes_times_extreme_activations_neither_saturate_nor_wrap(WeightType type)
    {
        int columns = type.BlockLength * (type.BlockLength < 256 ? 8 : 2);
        float[] x = new float[4 * columns];
        for (int k = 0; k < columns; k++)
        {
            x[k] = 1; // all at +127
            x[columns + k] = k % 2 == 0 ? 1 : -1; // opposite neighbours
            x[2 * columns + k] = k % 4 < 2 ? 1 : -1; // opposite pairs
            x[3 * columns + k] = -1;
        }

        foreach (byte fill in (byte[])[0x00, 0xFF, 0x0F, 0xF0, 0x80, 0x7F, 0x55, 0xAA])
        {
            byte[] bytes = Filled(type, 40, columns, fill);
            using WeightMatrix matrix = WeightMatrix.Load(type, 40, columns, bytes);
            float[] expected = Products.Multiply(KernelPath.Scalar, matrix, x, 4);
            Assert.All(expected, value => Assert.True(float.IsFinite(value)));
            foreach (KernelPath path in KernelPaths.Supported)
            {
                Products.AssertSameBits(expected, Products.Multiply(path, matrix, x, 4));
            }

            float[] weights = new float[columns];
            matrix.ReadRow(0, weights);
            Assert.Equal(weights.Sum(weight => (double)weight), expected[0], Math.Abs(weights.Sum(weight => (double)weight)) * 2e-3 + 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Subnormal_scales_and_tiny_activations_give_equal_bits(WeightType type)
    {
        int columns = type.BlockLength * 4;
        byte[] bytes = Products.Rows(type, 33, columns, 9);
        for (int block = 0; block < bytes.Length; block += type.BlockBytes)
        {
            foreach (int at in ScaleOffsets(type))
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(block + at), (ushort)(block % 5 == 0 ? 0x8001 : 0x0003));
            }

            if (type == WeightType.MXFP4)
            {
                bytes[block] = (byte)(block % 4);
            }
        }

        using WeightMatrix matrix = WeightMatrix.Load(type, 33, columns, bytes);
        float[] x = Products.Vectors(5, columns, 3);
        for (int k = 0; k < columns; k++)
        {
            x[columns + k] *= 1e-30f;
            x[2 * columns + k] *= 1e-41f;
            x[3 * columns + k] *= 1e6f;
        }

        float[] expected = Products.Multiply(KernelPath.Scalar, matrix, x, 5);
        foreach (KernelPath path in KernelPaths.Supported)
        {
            Products.AssertSameBits(expected, Products.Multiply(path, matrix, x, 5));
        }
    }

    [Theory]
    [InlineData(ActivationKind.F32, WeightType.F32)]
    [InlineData(ActivationKind.F16, WeightType.F16)]
    [InlineData(ActivationKind.BF16, WeightType.BF16)]
    [InlineData(ActivationKind.Q8_0, WeightType.Q8_0)]
    [InlineData(ActivationKind.Q8_K, WeightType.Q6_K)]
    public void A_number_that_is_none_makes_the_output_none(ActivationKind kind, WeightType type)
    {
        byte[] bytes = Products.Rows(type, 32, 512, 1);
        using WeightMatrix matrix = WeightMatrix.Load(type, 32, 512, bytes);
        Assert.Equal(kind, matrix.Activation);
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            float[] x = Products.Vectors(2, 512, 1);
            x[300] = bad;
            foreach (KernelPath path in KernelPaths.Supported)
            {
                float[] y = Products.Multiply(path, matrix, x, 2);
                Assert.All(y[..32], value => Assert.False(float.IsFinite(value)));
                Assert.All(y[32..], value => Assert.True(float.IsFinite(value)));
            }
        }
    }

    [Theory]
    [InlineData(ActivationKind.Q8_0, 33)]
    [InlineData(ActivationKind.Q8_K, 32)]
    [InlineData(ActivationKind.F32, 0)]
    public void A_buffer_refuses_columns_that_are_not_whole_blocks(ActivationKind kind, int columns) =>
        Assert.ThrowsAny<ArgumentException>(() => ActivationBuffer.Create(kind, 1, columns));

    [Fact]
    public void A_product_refuses_another_kind_of_input_and_rows_and_tokens_that_are_not_there()
    {
        using WeightMatrix matrix = WeightMatrix.Load(WeightType.Q4_0, 40, 64, new byte[40 * 36]);
        using ActivationBuffer floats = ActivationBuffer.Create(ActivationKind.F32, 4, 64);
        using ActivationBuffer wide = ActivationBuffer.Create(ActivationKind.Q8_0, 4, 96);
        using ActivationBuffer right = ActivationBuffer.Create(ActivationKind.Q8_0, 4, 64);
        float[] y = new float[4 * 40];
        fixed (float* to = y)
        {
            float* output = to;
            Assert.Throws<ArgumentException>(() => matrix.Multiply(floats, 0, 1, 0, 40, output, 40));
            Assert.Throws<ArgumentException>(() => matrix.Multiply(wide, 0, 1, 0, 40, output, 40));
            Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Multiply(right, 0, 5, 0, 40, output, 40));
            Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Multiply(right, 0, 1, 0, 41, output, 40));
            Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Multiply(right, 0, 1, 16, 40, output, 40));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.ReadRow(40, new float[64]));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.ReadRow(0, new float[63]));
        Assert.Throws<ArgumentException>(() => WeightMatrix.Load(WeightType.Q4_0, 1, 64, new byte[35]));
    }

    // Scales of moderate size in every block, so that codes alone are extreme.
    static byte[] Filled(WeightType type, int rows, int columns, byte fill)
    {
        byte[] bytes = new byte[rows * type.RowBytes(columns)];
        Array.Fill(bytes, fill);
        for (int block = 0; block < bytes.Length; block += type.BlockBytes)
        {
            foreach (int at in ScaleOffsets(type))
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(block + at), 0x2C00);
            }

            if (type == WeightType.MXFP4)
            {
                bytes[block] = 120;
            }
        }

        return bytes;
    }

    // Where the binary16 scales and minima stand in a block.
    static int[] ScaleOffsets(WeightType type) => type switch
    {
        WeightType.Q4_0 or WeightType.Q5_0 or WeightType.Q8_0 or WeightType.IQ4_NL or WeightType.IQ4_XS => [0],
        WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q4_K or WeightType.Q5_K => [0, 2],
        WeightType.Q2_K => [80, 82],
        WeightType.Q3_K => [108],
        WeightType.Q6_K => [208],
        _ => [],
    };
}
