using Millrace.Formats;

namespace Millrace.Tests.Formats.HuggingFace;

public class Fp8Tests
{
    const string Qwen = """{"model_type":"MODEL","hidden_size":256,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":4,"head_dim":64,"intermediate_size":96,"vocab_size":4,"max_position_embeddings":64,"tie_word_embeddings":true,"num_experts":2,"num_experts_per_tok":1,"norm_topk_prob":true,"moe_intermediate_size":192,"quantization_config":{"quant_method":"fp8","weight_block_size":[128,128]}}""";

    [Fact]
    public void One_scale_counts_for_the_whole_tensor()
    {
        using FolderBuilder folder = Folder("qwen3").Tensor("model.layers.0.mlp.up_proj.weight", "F8_E5M2", [96, 256], new byte[96 * 256])
            .Tensor("model.layers.0.mlp.up_proj.weight_scale", "BF16", [], [0x00, 0x40]).Write();
        using ModelFile model = folder.Open();
        Tensor tensor = model.Tensor("blk.0.ffn_up.weight");
        Assert.Equal(WeightType.F8_E5M2, tensor.Type);
        Assert.Equal((2f, 2f, 96), (tensor.Scales![0, 0], tensor.Scales[95, 255], tensor.Scales.RowsPerScale));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_scale_for_each_row_is_found_by_its_row(bool column)
    {
        using FolderBuilder folder = Folder("qwen3").Tensor("model.layers.0.mlp.up_proj.weight", "F8_E4M3", [96, 256], new byte[96 * 256])
            .Counting("model.layers.0.mlp.up_proj.weight_scale", column ? [96, 1] : [96], byRow: false).Write();
        using ModelFile model = folder.Open();
        TensorScales scales = model.Tensor("blk.0.ffn_up.weight").Scales!;
        Assert.Equal((0f, 7f, 95f), (scales[0, 0], scales[7, 255], scales[95, 3]));
        Assert.Equal([7f], scales.Row(7).ToArray());
    }

    [Fact]
    public void A_scale_for_each_block_is_found_by_row_and_column()
    {
        using FolderBuilder folder = Folder("qwen3").Tensor("model.layers.0.mlp.down_proj.weight", "F8_E4M3", [256, 96], new byte[96 * 256])
            .Tensor("model.layers.0.mlp.up_proj.weight", "F8_E4M3", [200, 256], new byte[200 * 256])
            .Counting("model.layers.0.mlp.down_proj.weight_scale_inv", [2, 1], byRow: false)
            .Counting("model.layers.0.mlp.up_proj.weight_scale_inv", [2, 2], byRow: false).Write();
        using ModelFile model = folder.Open();
        TensorScales up = model.Tensor("blk.0.ffn_up.weight").Scales!;
        Assert.Equal((0f, 1f, 2f, 3f), (up[127, 127], up[0, 128], up[128, 0], up[199, 255]));
        TensorScales down = model.Tensor("blk.0.ffn_down.weight").Scales!;
        Assert.Equal((0f, 1f), (down[127, 95], down[128, 0]));
    }

    [Fact]
    public void Scales_go_with_the_rows_of_experts_that_are_stacked()
    {
        FolderBuilder builder = Folder("qwen3_moe");
        for (int expert = 0; expert < 2; expert++)
        {
            builder.Tensor($"model.layers.0.mlp.experts.{expert}.up_proj.weight", "F8_E4M3", [192, 256], new byte[192 * 256])
                .Counting($"model.layers.0.mlp.experts.{expert}.up_proj.weight_scale_inv", [2, 2], 10 * expert, byRow: false);
        }

        using FolderBuilder folder = builder.Write();
        using ModelFile model = folder.Open();
        TensorScales scales = model.Tensor("blk.0.ffn_up_exps.weight").Scales!;
        Assert.Equal((0f, 3f, 10f, 11f, 12f), (scales[127, 0], scales[128, 128], scales[192, 0], scales[192 + 127, 128], scales[192 + 128, 0]));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(96)]
    public void Scales_go_with_the_rows_of_heads_that_are_permuted(int block)
    {
        byte[] rows = [.. Enumerable.Range(0, 256).SelectMany(static row => Enumerable.Repeat((byte)row, 256))];
        int down = (256 + block - 1) / block;
        using FolderBuilder folder = Folder("llama", block).Tensor("model.layers.0.self_attn.q_proj.weight", "F8_E4M3", [256, 256], rows)
            .Counting("model.layers.0.self_attn.q_proj.weight_scale_inv", [down, 2], byRow: true).Write();
        using ModelFile model = folder.Open();
        Tensor tensor = model.Tensor("blk.0.attn_q.weight");
        byte[] row = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            // The bytes of a row say which row it was, and that tells its scale.
            tensor.ReadRows(i, row);
            Assert.Equal(row[0] / block, tensor.Scales![i, 200]);
        }
    }

    [Fact]
    public void Fp8_without_a_scale_has_none()
    {
        using FolderBuilder folder = Folder("qwen3").Tensor("model.layers.0.mlp.up_proj.weight", "F8_E4M3", [96, 256], new byte[96 * 256]).Write();
        using ModelFile model = folder.Open();
        Assert.Null(model.Tensor("blk.0.ffn_up.weight").Scales);
        Assert.Null(model.Tensor("token_embd.weight").Scales);
    }

    [Theory]
    [InlineData(0, 128)]
    [InlineData(1, 0)]
    [InlineData(1, 48)]
    public void Tiles_that_a_kernel_could_not_follow_are_refused(long rows, long columns) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TensorScales(rows, columns, 256, new float[64]));

    static FolderBuilder Folder(string model, int block = 128) => new FolderBuilder()
        .Config(Qwen.Replace("MODEL", model, StringComparison.Ordinal).Replace("[128,128]", $"[{block},128]", StringComparison.Ordinal))
        .Ends(4, 256, head: false);
}
