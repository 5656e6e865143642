using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;
using Millrace.Tests.Formats.HuggingFace;

namespace Millrace.Tests.Kernels;

/// <summary>FP8 matrices with scales, as a folder holds them.</summary>
public class Fp8FolderTests
{
    const int Rows = 200, Columns = 300, Tokens = 3;

    public static TheoryData<string, int, int> Cases => new()
    {
        { "F8_E4M3", 1, 1 }, { "F8_E4M3", Rows, 1 }, { "F8_E4M3", 2, 3 },
        { "F8_E5M2", 1, 1 }, { "F8_E5M2", Rows, 1 }, { "F8_E5M2", 2, 3 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rows_and_products_are_those_of_the_numbers_times_their_scales(string dtype, int down, int across)
    {
        byte[] numbers = new byte[Rows * Columns];
        new RandomBits(5).Fill(numbers);
        // No NaN, no infinity: bit 6 away.
        numbers = [.. numbers.Select(static code => (byte)(code & 0xbf))];
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"qwen3","hidden_size":300,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":200,"vocab_size":4,"max_position_embeddings":64,"tie_word_embeddings":true}""")
            .Ends(4, Columns, head: false)
            .Tensor("model.layers.0.mlp.up_proj.weight", dtype, [Rows, Columns], numbers)
            .Counting("model.layers.0.mlp.up_proj.weight_scale", [down, across], 0.5f, byRow: false)
            .Write();
        using ModelFile model = folder.Open();
        Tensor tensor = model.Tensor("blk.0.ffn_up.weight");
        const int First = 40;
        using WeightMatrix matrix = WeightMatrix.Load(tensor, First, Rows - First, null);

        float[] plain = new float[Rows * Columns];
        RowDecoder.Dequantize(tensor.Type, numbers, plain);
        float Expected(int row, int column) => plain[row * Columns + column] * (0.5f + (down == Rows ? row : down == 1 ? 0 : row / 128 * across + column / 128));

        float[] read = new float[Columns];
        float[] x = Products.Vectors(Tokens, Columns, 5);
        float[] y = Products.Multiply(KernelPath.Scalar, matrix, x, Tokens, cut: 32);
        for (int row = 0; row < Rows - First; row++)
        {
            matrix.ReadRow(row, read);
            double[] sums = new double[Tokens];
            double[] magnitudes = new double[Tokens];
            for (int k = 0; k < Columns; k++)
            {
                Assert.Equal(Expected(First + row, k), read[k]);
                for (int token = 0; token < Tokens; token++)
                {
                    sums[token] += (double)x[token * Columns + k] * Expected(First + row, k);
                    magnitudes[token] += Math.Abs((double)x[token * Columns + k] * Expected(First + row, k));
                }
            }

            for (int token = 0; token < Tokens; token++)
            {
                Assert.InRange(y[token * (Rows - First) + row], sums[token] - Columns * magnitudes[token] * Math.Pow(2, -24), sums[token] + Columns * magnitudes[token] * Math.Pow(2, -24));
            }
        }
    }

    [Fact]
    public void A_batch_gives_the_bits_of_single_tokens()
    {
        byte[] numbers = [.. Enumerable.Range(0, 64 * 256).Select(static i => (byte)(i * 37 & 0xbf))];
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"qwen3","hidden_size":256,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":64,"vocab_size":4,"max_position_embeddings":64,"tie_word_embeddings":true}""")
            .Ends(4, 256, head: false)
            .Tensor("model.layers.0.mlp.up_proj.weight", "F8_E4M3", [64, 256], numbers)
            .Counting("model.layers.0.mlp.up_proj.weight_scale", [64], 0.5f, byRow: false)
            .Write();
        using ModelFile model = folder.Open();
        using WeightMatrix matrix = WeightMatrix.Load(model.Tensor("blk.0.ffn_up.weight"), 0, 64, null);
        float[] x = Products.Vectors(9, 256, 5);
        float[] all = Products.Multiply(KernelPath.Scalar, matrix, x, 9, cut: 64);
        for (int token = 0; token < 9; token++)
        {
            Assert.Equal(all[(token * 64)..(token * 64 + 64)], Products.Multiply(KernelPath.Scalar, matrix, x[(token * 256)..(token * 256 + 256)], 1, cut: 32));
        }
    }
}
