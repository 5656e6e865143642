using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

/// <summary>Matrices whose rows are laid out as products need them, beside the same rows laid out once.</summary>
public class StreamedMatrixTests
{
    public static TheoryData<WeightType> Types => [.. WeightTypes.All];

    [Theory]
    [MemberData(nameof(Types))]
    public void Products_and_rows_are_those_of_panels_in_memory_bit_for_bit(WeightType type)
    {
        // More rows than are laid out at once, a last panel that is cut, and a first row within a panel of the file.
        const int Before = 5, Rows = 150, Tokens = 9;
        int columns = type.BlockLength == 1 ? 517 : 5 * type.BlockLength;
        MemoryTensor tensor = new(type, columns, Products.Rows(type, Before + Rows, columns, 3), Scales(type, columns));
        using PanelScratch scratch = new(WeightMatrix.ScratchBytes(type, columns));
        using WeightMatrix panels = WeightMatrix.Load(tensor, Before, Rows, null), streamed = WeightMatrix.Stream(tensor, Before, Rows, scratch);
        float[] x = Products.Vectors(Tokens, columns, 8);
        foreach (KernelPath path in KernelPaths.Supported)
        {
            for (int tokens = 1; tokens <= Tokens; tokens += 4)
            {
                Products.AssertSameBits(Products.Multiply(path, panels, x, tokens), Products.Multiply(path, streamed, x, tokens, cut: 96));
            }
        }

        float[] expected = new float[columns], actual = new float[columns];
        foreach (int row in new[] { 0, 15, 16, 77, Rows - 1 })
        {
            panels.ReadRow(row, expected);
            streamed.ReadRow(row, actual);
            Products.AssertSameBits(expected, actual);
        }
    }

    [Fact]
    public void One_number_that_is_not_finite_spoils_its_own_row_alone()
    {
        const int Rows = 100, Columns = 64, Bad = 70;
        byte[] bytes = Products.Rows(WeightType.Q8_0, Rows, Columns, 3);
        bytes[Bad * WeightType.Q8_0.RowBytes(Columns) + 1] = 0x7E; // the scale of a block
        MemoryTensor tensor = new(WeightType.Q8_0, Columns, bytes);
        using PanelScratch scratch = new(WeightMatrix.ScratchBytes(tensor.Type, Columns));
        using WeightMatrix panels = WeightMatrix.Load(tensor, 0, Rows, null), streamed = WeightMatrix.Stream(tensor, 0, Rows, scratch);
        float[] x = Products.Vectors(1, Columns, 8);
        float[] y = Products.Multiply(KernelPaths.Supported[^1], streamed, x, 1);
        Products.AssertSameBits(Products.Multiply(KernelPath.Scalar, panels, x, 1), y);
        Assert.Equal([Bad], Enumerable.Range(0, Rows).Where(row => !float.IsFinite(y[row])));
    }

    [Fact]
    public void A_file_that_ends_early_is_named_by_the_error_of_the_product()
    {
        MemoryTensor tensor = new(WeightType.Q8_0, 256, Products.Rows(WeightType.Q8_0, 100, 256, 1)) { FailFrom = 70 };
        using PanelScratch scratch = new(WeightMatrix.ScratchBytes(tensor.Type, 256));
        using WeightMatrix matrix = WeightMatrix.Stream(tensor, 0, 100, scratch);
        Assert.Equal("some.weight", Assert.Throws<ModelFormatException>(() => Products.Multiply(KernelPath.Scalar, matrix, Products.Vectors(1, 256, 1), 1)).Subject);
    }

    static TensorScales? Scales(WeightType type, int columns) =>
        type.IsGguf ? null : new TensorScales(3, 32, columns, [.. Enumerable.Range(0, 60 * (columns / 32 + 1)).Select(i => 0.25f + i % 7)]);
}
