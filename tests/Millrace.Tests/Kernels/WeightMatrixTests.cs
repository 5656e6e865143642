using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public class WeightMatrixTests
{
    public static TheoryData<WeightType> Types => [.. WeightTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_row_reads_back_as_the_format_defines_it(WeightType type)
    {
        int columns = type.BlockLength == 1 ? 67 : 3 * type.BlockLength;
        const int Rows = 21;
        byte[] bytes = Products.Rows(type, Rows, columns, 3);
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, columns, bytes);
        float[] expected = new float[columns], actual = new float[columns];
        int rowBytes = (int)type.RowBytes(columns);
        for (int row = 0; row < Rows; row++)
        {
            RowDecoder.Dequantize(type, bytes.AsSpan(row * rowBytes, rowBytes), expected);
            matrix.ReadRow(row, actual);
            Assert.Equal(expected, actual);
        }
    }

    public static TheoryData<WeightType, KernelPath> TypesAndPaths
    {
        get
        {
            TheoryData<WeightType, KernelPath> data = [];
            foreach (WeightType type in WeightTypes.All)
            {
                foreach (KernelPath path in KernelPaths.Supported)
                {
                    data.Add(type, path);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndPaths))]
    public void A_product_is_within_the_rounding_of_its_sums_of_the_one_in_f64(WeightType type, KernelPath path)
    {
        int columns = type.BlockLength == 1 ? 517 : 3 * type.BlockLength;
        const int Rows = 37, Tokens = 3;
        byte[] bytes = Products.Rows(type, Rows, columns, 11);
        float[] x = Products.Vectors(Tokens, columns, 5);
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, columns, bytes);
        float[] y = Products.Multiply(path, matrix, x, Tokens, cut: 32);
        float[] weights = new float[columns];
        int rowBytes = (int)type.RowBytes(columns);
        for (int row = 0; row < Rows; row++)
        {
            RowDecoder.Dequantize(type, bytes.AsSpan(row * rowBytes, rowBytes), weights);
            for (int token = 0; token < Tokens; token++)
            {
                double[] rounded = Products.Rounded(matrix.Activation, x.AsSpan(token * columns, columns));
                double sum = 0, magnitude = 0;
                for (int k = 0; k < columns; k++)
                {
                    sum += weights[k] * rounded[k];
                    magnitude += Math.Abs(weights[k] * rounded[k]);
                }

                double error = Math.Abs(y[token * Rows + row] - sum);
                Assert.True(error <= Bound(type, columns, x.AsSpan(token * columns, columns), magnitude), $"row {row}, token {token}: off by {error}, magnitude {magnitude}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndPaths))]
    public void Paths_and_token_counts_differ_in_no_bit(WeightType type, KernelPath path)
    {
        // Whole spans and a rest, and more than are taken at once.
        int columns = type.BlockLength switch { 1 => 1157, 256 => 2304, _ => 2048 + type.BlockLength };
        const int Rows = 69, Tokens = 129;
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, columns, Products.Rows(type, Rows, columns, 17));
        float[] x = Products.Vectors(Tokens, columns, 6);
        float[] expected = Products.Multiply(KernelPath.Scalar, matrix, x, Tokens);
        foreach (int tokens in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33, 65, 129])
        {
            Products.AssertSameBits(expected.AsSpan(0, tokens * Rows), Products.Multiply(path, matrix, x, tokens, cut: tokens % 2 * 64));
        }
    }

    /// <summary>Tiles of scales: the whole tensor, each row, blocks of 128 × 128, and 32 columns of 3 rows.</summary>
    [Theory]
    [InlineData(WeightType.F8_E4M3, 1000, 1000)]
    [InlineData(WeightType.F8_E4M3, 1, 1000)]
    [InlineData(WeightType.F8_E4M3, 128, 128)]
    [InlineData(WeightType.F8_E5M2, 3, 32)]
    public void Scales_of_tiles_multiply_what_they_cover(WeightType type, int rowsPerScale, int columnsPerScale)
    {
        const int Rows = 140, Columns = 300;
        byte[] bytes = Products.Rows(type, Rows, Columns, 4);
        int across = (Columns + columnsPerScale - 1) / columnsPerScale, down = (Rows + rowsPerScale - 1) / rowsPerScale;
        TensorScales scales = new(rowsPerScale, columnsPerScale, Columns, [.. Enumerable.Range(1, across * down).Select(i => 1f / i)]);
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, Columns, bytes, scales);
        float[] x = Products.Vectors(9, Columns, 8), weights = new float[Columns], plain = new float[Columns];
        float[] expected = Products.Multiply(KernelPath.Scalar, matrix, x, 9);
        for (int row = 0; row < Rows; row++)
        {
            RowDecoder.Dequantize(type, bytes.AsSpan(row * Columns, Columns), plain);
            matrix.ReadRow(row, weights);
            double sum = 0, magnitude = 0;
            for (int k = 0; k < Columns; k++)
            {
                Assert.Equal(plain[k] * scales[row, k], weights[k]);
                sum += (double)plain[k] * scales[row, k] * x[k];
                magnitude += Math.Abs((double)plain[k] * scales[row, k] * x[k]);
            }

            Assert.InRange(expected[row] - sum, -magnitude * Columns * Math.Pow(2, -24), magnitude * Columns * Math.Pow(2, -24));
        }

        foreach (KernelPath path in KernelPaths.Supported)
        {
            Products.AssertSameBits(expected, Products.Multiply(path, matrix, x, 9));
        }
    }

    [Theory]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.F8_E4M3)]
    public void Numbers_that_are_not_finite_reach_the_output_on_every_path(WeightType type)
    {
        const int Rows = 32, Columns = 64;
        byte[] bytes = Products.Rows(type, Rows, Columns, 4);
        // In the first bytes: the scale of a block, or the first weights.
        bytes[0] = type == WeightType.F8_E4M3 ? (byte)0x7F : (byte)0;
        bytes[1] = type == WeightType.F8_E4M3 ? bytes[1] : (byte)0x7C;
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, Columns, bytes);
        foreach (KernelPath path in KernelPaths.Supported)
        {
            float[] y = Products.Multiply(path, matrix, Products.Vectors(3, Columns, 2), 3);
            Assert.False(float.IsFinite(y[0]) || float.IsFinite(y[Rows]));
            Assert.True(float.IsFinite(y[1]));
        }
    }

    /// <summary>
    /// Float types: a chain of n roundings, n·2⁻²⁴ of the sum of magnitudes. Integer types: two roundings a unit and as many units;
    /// the decoded weights of the reference carry up to three roundings of their own. Types with an f16 minimum besides round the block sums to binary16: 2⁻¹¹ of the minimum's part.
    /// </summary>
    static double Bound(WeightType type, int columns, ReadOnlySpan<float> x, double magnitude)
    {
        double roundings = type.BlockLength == 1 ? columns : 3.0 * columns / 16 + 3;
        double bound = roundings * magnitude * Math.Pow(2, -24) + 1e-30;
        if (type is WeightType.Q4_1 or WeightType.Q5_1)
        {
            for (int begin = 0; begin < columns; begin += 32)
            {
                double sum = 0;
                foreach (float value in x.Slice(begin, 32))
                {
                    sum += value;
                }

                // |m| of the random blocks is below 0.3; the activations' own rounding is in both.
                bound += (Math.Abs(sum) + 1) * 0.3 * Math.Pow(2, -11);
            }
        }

        return bound;
    }
}
