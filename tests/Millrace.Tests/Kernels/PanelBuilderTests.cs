using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public class PanelBuilderTests
{
    [Theory]
    [InlineData(WeightType.Q4_0, 0, 1)]
    [InlineData(WeightType.Q6_K, 100, 3)]
    [InlineData(WeightType.F16, 7, 2)]
    [InlineData(WeightType.NVFP4, 33, 2)]
    public void Threads_lay_out_a_range_of_rows_as_one_thread_does_all_of_them(WeightType type, int firstRow, int threads)
    {
        const int Rows = 3000, Columns = 256;
        byte[] bytes = Products.Rows(type, firstRow + Rows, Columns, 12);
        int rowBytes = (int)type.RowBytes(Columns);
        using WorkerPool pool = new(threads);
        using WeightMatrix read = WeightMatrix.Load(new MemoryTensor(type, Columns, bytes), firstRow, Rows, pool);
        using WeightMatrix given = WeightMatrix.Load(type, Rows, Columns, bytes.AsSpan(firstRow * rowBytes));
        Assert.Equal(given.Bytes, read.Bytes);
        float[] expected = new float[Columns], actual = new float[Columns];
        for (int row = 0; row < Rows; row++)
        {
            given.ReadRow(row, expected);
            read.ReadRow(row, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_file_that_ends_early_is_named_by_the_error(int threads)
    {
        using WorkerPool pool = new(threads);
        MemoryTensor tensor = new(WeightType.Q8_0, 256, Products.Rows(WeightType.Q8_0, 1000, 256, 1)) { FailFrom = 500 };
        Exception error = Assert.ThrowsAny<Exception>(() => WeightMatrix.Load(tensor, 0, 1000, pool));
        ModelFormatException inner = Assert.IsType<ModelFormatException>(error is AggregateException all ? all.InnerException : error);
        Assert.Equal("some.weight", inner.Subject);
    }

    /// <summary>Panels take at most 3 % more than the rows of the file (Q3_K 3.7 %), padding of the last panel not counted.</summary>
    [Fact]
    public void Panels_take_hardly_more_memory_than_the_file()
    {
        foreach (WeightType type in WeightTypes.All.Where(type => type.IsGguf))
        {
            const int Rows = 32, Columns = 8192;
            byte[] bytes = new byte[Rows * type.RowBytes(Columns)];
            using WeightMatrix matrix = WeightMatrix.Load(type, Rows, Columns, bytes);
            Assert.InRange((double)matrix.Bytes / bytes.Length, 1, type == WeightType.Q3_K ? 1.037 : 1.03);
        }
    }
}
