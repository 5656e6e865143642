using System.Reflection;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Kernels.Blocks;

namespace Millrace.Tests.Kernels;

public unsafe class KernelPathTests
{
    [Theory]
    [MemberData(nameof(WeightMatrixTests.Types), MemberType = typeof(WeightMatrixTests))]
    public void The_path_chosen_is_one_that_the_processor_has(WeightType type)
    {
        for (int tokens = 1; tokens < 40; tokens++)
        {
            Assert.Contains(KernelPaths.Choose(type, tokens), KernelPaths.Supported);
        }
    }

    [Theory]
    [MemberData(nameof(WeightMatrixTests.Types), MemberType = typeof(WeightMatrixTests))]
    public void A_matrix_takes_the_path_that_is_named_for_its_type(WeightType type)
    {
        using WeightMatrix matrix = WeightMatrix.Load(type, 1, type.BlockLength, new byte[type.RowBytes(type.BlockLength)]);
        string few = KernelPaths.NameOf(KernelPaths.Choose(type, 1)), many = KernelPaths.NameOf(KernelPaths.Choose(type, 8));
        Assert.Equal(few == many ? few : $"{few}/{many}", matrix.Kernel);
    }

    /// <summary>Types are listed for who has a type alone; formats say it for kernels.</summary>
    [Fact]
    public void Types_with_codes_of_8_bits_are_those_whose_formats_say_so()
    {
        MethodInfo read = typeof(KernelPathTests).GetMethod(nameof(Wide), BindingFlags.NonPublic | BindingFlags.Static)!;
        (WeightType Type, bool Wide)[] formats =
        [
            .. typeof(IBlockFormat).Assembly.GetTypes().Where(static type => type.IsValueType && type.IsAssignableTo(typeof(IBlockFormat)))
                .Select(type => ((WeightType, bool))read.MakeGenericMethod(type).Invoke(null, null)!),
        ];
        Assert.Equal(WeightTypes.All.Where(static type => type.IsGguf && type.BlockLength > 1).Order(), formats.Select(static format => format.Type).Order());
        Assert.Contains(formats, static format => format.Wide);
        Assert.All(formats, static format => Assert.Equal(format.Wide, KernelPaths.HasWideCodes(format.Type)));
    }

    [Fact]
    public void A_path_that_is_forced_is_forced_on_no_other_thread()
    {
        KernelPaths.Forced = KernelPath.Scalar;
        try
        {
            Assert.Equal(KernelPath.Scalar, KernelPaths.Choose(WeightType.Q4_0, 8));
            KernelPath? other = KernelPath.Scalar;
            Thread thread = new(() => other = KernelPaths.Forced);
            thread.Start();
            thread.Join();
            Assert.Null(other);
        }
        finally
        {
            KernelPaths.Forced = null;
        }
    }

    static (WeightType Type, bool Wide) Wide<TFormat>()
        where TFormat : struct, IBlockFormat => (TFormat.Type, TFormat.Wide);

    [Fact]
    public void A_matrix_names_the_paths_it_takes()
    {
        using WeightMatrix matrix = WeightMatrix.Load(WeightType.Q4_0, 1, 32, new byte[18]);
        string[] names = [.. Enum.GetValues<KernelPath>().Select(KernelPaths.NameOf)];
        Assert.All(matrix.Kernel.Split('/'), name => Assert.Contains(name, names));
    }

    /// <summary>As an engine calls it: tokens from the middle of a buffer, a slab of rows, outputs into scratch whose begin stands for the slab's first row.</summary>
    [Theory]
    [InlineData(WeightType.Q4_0)]
    [InlineData(WeightType.Q4_K)]
    [InlineData(WeightType.F16)]
    public void A_slab_of_rows_for_later_tokens_is_a_part_of_the_whole(WeightType type)
    {
        const int Rows = 150, Columns = 512, Tokens = 37, Begin = 64, End = 128, FirstToken = 16, Stride = 70;
        using WeightMatrix matrix = WeightMatrix.Load(type, Rows, Columns, Products.Rows(type, Rows, Columns, 2));
        float[] x = Products.Vectors(Tokens, Columns, 2);
        float[] whole = Products.Multiply(KernelPath.Scalar, matrix, x, Tokens);
        using ActivationBuffer buffer = ActivationBuffer.Create(matrix.Activation, Tokens, Columns);
        float[] scratch = new float[(Tokens - FirstToken) * Stride];
        Array.Fill(scratch, float.NaN);
        fixed (float* from = x)
        fixed (float* to = scratch)
        {
            for (int token = 0; token < Tokens; token++)
            {
                buffer.Quantize(token, from + token * Columns);
            }

            matrix.Multiply(buffer, FirstToken, Tokens, Begin, End, to - Begin, Stride);
        }

        for (int token = FirstToken; token < Tokens; token++)
        {
            Span<float> part = scratch.AsSpan((token - FirstToken) * Stride, Stride);
            Products.AssertSameBits(whole.AsSpan(token * Rows + Begin, End - Begin), part[..(End - Begin)]);
            Assert.All(part[(End - Begin)..].ToArray(), untouched => Assert.True(float.IsNaN(untouched)));
        }
    }
}
