using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Blocks;

namespace Millrace.Tests.Formats.HuggingFace;

public class HuggingFaceModelTests
{
    const string Llama = """{"model_type":"llama","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"intermediate_size":16,"vocab_size":10,"max_position_embeddings":64,"rms_norm_eps":1e-05,"rope_theta":10000.0,"bos_token_id":1,"eos_token_id":[2,3]}""";

    [Fact]
    public void A_llama_folder_has_the_keys_of_a_gguf_file()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8).Write();
        using ModelFile model = folder.Open();
        Metadata keys = model.Metadata;
        Assert.Equal("llama", keys.String("general.architecture"));
        Assert.Equal(
            [10, 1, 64, 8, 16, 2, 1, 4, 4, 4],
            new[] { "vocab_size", "block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length", "rope.dimension_count" }
                .Select(key => keys.Int("llama." + key)));
        Assert.Equal((1e-5f, 10000f), (keys.Float("llama.attention.layer_norm_rms_epsilon"), keys.Float("llama.rope.freq_base")));
        Assert.Equal((1, 2), (keys.Int("tokenizer.ggml.bos_token_id"), keys.Int("tokenizer.ggml.eos_token_id")));
        Assert.Equal(["token_embd.weight", "output_norm.weight", "output.weight"], model.Tensors.Keys);
        model.VerifyUnchanged();
    }

    [Fact]
    public void Rows_of_q_and_k_of_llama_are_paired_as_in_gguf()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8)
            .Counting("model.layers.0.self_attn.q_proj.weight", [8, 8])
            .Counting("model.layers.0.self_attn.k_proj.weight", [4, 8])
            .Counting("model.layers.0.self_attn.v_proj.weight", [4, 8])
            .Counting("model.layers.0.self_attn.q_proj.bias", [8], byRow: false)
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], FirstOfRows(model.Tensor("blk.0.attn_q.weight")));
        Assert.Equal([0, 2, 1, 3], FirstOfRows(model.Tensor("blk.0.attn_k.weight")));
        Assert.Equal([0, 1, 2, 3], FirstOfRows(model.Tensor("blk.0.attn_v.weight")));
        Assert.Equal([0, 2, 1, 3, 4, 6, 5, 7], All(model.Tensor("blk.0.attn_q.bias")));
        byte[] rows = new byte[2 * 8 * sizeof(float)];
        model.Tensor("blk.0.attn_q.weight").ReadRows(5, rows);
        Assert.Equal([6, 5], MemoryMarshal.Cast<byte, float>(rows).ToArray().Where(static (_, i) => i % 8 == 0));
    }

    [Fact]
    public void Rows_of_qwen_stay_as_they_are()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama.Replace("llama", "qwen2", StringComparison.Ordinal)).Ends(10, 8)
            .Counting("model.layers.0.self_attn.q_proj.weight", [8, 8])
            .Counting("model.layers.0.self_attn.q_proj.bias", [8], byRow: false)
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], FirstOfRows(model.Tensor("blk.0.attn_q.weight")));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], All(model.Tensor("blk.0.attn_q.bias")));
    }

    [Fact]
    public void Matrices_keep_their_type_and_vectors_become_f32()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama)
            .Tensor("model.embed_tokens.weight", "BF16", [10, 8], new byte[160])
            .Tensor("lm_head.weight", "F16", [10, 8], new byte[160])
            .Tensor("model.norm.weight", "BF16", [2], [0x80, 0x3f, 0x00, 0xc0])
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal(WeightType.BF16, model.Tensor("token_embd.weight").Type);
        Assert.Equal(WeightType.F16, model.Tensor("output.weight").Type);
        Assert.Equal([8, 10], model.Tensor("output.weight").Shape);
        Assert.Equal([1f, -2f], All(model.Tensor("output_norm.weight")));
    }

    [Fact]
    public void A_tied_model_has_no_output_matrix()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama.Replace("{", """{"tie_word_embeddings":true,""", StringComparison.Ordinal)).Ends(10, 8).Write();
        using ModelFile model = folder.Open();
        Assert.False(model.Tensors.ContainsKey("output.weight"));
    }

    [Fact]
    public void Norms_of_gemma_get_their_one()
    {
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"gemma3_text","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,"intermediate_size":16,"vocab_size":10,"sliding_window":32,"rope_local_base_freq":10000,"query_pre_attn_scalar":4,"rope_scaling":{"rope_type":"linear","factor":8.0},"layer_types":["sliding_attention"]}""")
            .Ends(10, 8, head: false)
            .Counting("model.layers.0.self_attn.q_norm.weight", [4], byRow: false)
            .Counting("model.layers.0.post_attention_layernorm.weight", [8], byRow: false)
            .Counting("model.layers.0.pre_feedforward_layernorm.weight", [8], 10, byRow: false)
            .Counting("model.layers.0.post_feedforward_layernorm.weight", [8], 20, byRow: false)
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], All(model.Tensor("output_norm.weight")));
        Assert.Equal([1, 2, 3, 4], All(model.Tensor("blk.0.attn_q_norm.weight")));
        Assert.Equal(1, All(model.Tensor("blk.0.post_attention_norm.weight"))[0]);
        Assert.Equal(11, All(model.Tensor("blk.0.ffn_norm.weight"))[0]);
        Assert.Equal(21, All(model.Tensor("blk.0.post_ffw_norm.weight"))[0]);
        Metadata keys = model.Metadata;
        Assert.Equal((32, 6), (keys.Int("gemma3.attention.sliding_window"), keys.Int("gemma3.attention.sliding_window_pattern")));
        Assert.Equal((1_000_000f, 10_000f, 0.5f), (keys.Float("gemma3.rope.freq_base"), keys.Float("gemma3.rope.freq_base_swa"), keys.Float("gemma3.attention.scale")));
        Assert.Equal(("linear", 8f), (keys.String("gemma3.rope.scaling.type"), keys.Float("gemma3.rope.scaling.factor")));
    }

    [Theory]
    [InlineData("mixtral", "\"num_local_experts\":2,", "block_sparse_moe.experts.{0}.w1", "block_sparse_moe.experts.{0}.w3", "block_sparse_moe.experts.{0}.w2", "block_sparse_moe.gate", "llama")]
    [InlineData("qwen3_moe", "\"num_experts\":2,\"norm_topk_prob\":true,\"moe_intermediate_size\":4,", "mlp.experts.{0}.gate_proj", "mlp.experts.{0}.up_proj", "mlp.experts.{0}.down_proj", "mlp.gate", "qwen3moe")]
    public void Experts_are_stacked(string type, string keys, string gate, string up, string down, string router, string architecture)
    {
        FolderBuilder folder = new FolderBuilder()
            .Config(Llama.Replace("\"llama\",", $"\"{type}\",{keys}\"num_experts_per_tok\":1,", StringComparison.Ordinal))
            .Ends(10, 8)
            .Counting($"model.layers.0.{router}.weight", [2, 8]);
        foreach (int expert in (int[])[1, 0])
        {
            folder.Counting($"model.layers.0.{string.Format(null, gate, expert)}.weight", [4, 8], 100 * expert)
                .Counting($"model.layers.0.{string.Format(null, up, expert)}.weight", [4, 8], 100 * expert + 10)
                .Counting($"model.layers.0.{string.Format(null, down, expert)}.weight", [8, 4], 100 * expert + 20);
        }

        using FolderBuilder written = folder.Write();
        using ModelFile model = written.Open();
        Assert.Equal([8, 4, 2], model.Tensor("blk.0.ffn_gate_exps.weight").Shape);
        Assert.Equal([0, 1, 2, 3, 100, 101, 102, 103], FirstOfRows(model.Tensor("blk.0.ffn_gate_exps.weight")));
        Assert.Equal([10, 11, 12, 13, 110, 111, 112, 113], FirstOfRows(model.Tensor("blk.0.ffn_up_exps.weight")));
        Assert.Equal([4, 8, 2], model.Tensor("blk.0.ffn_down_exps.weight").Shape);
        Assert.Equal(Enumerable.Range(20, 8).Concat(Enumerable.Range(120, 8)).Select(static i => (float)i), FirstOfRows(model.Tensor("blk.0.ffn_down_exps.weight")));
        Assert.Equal(WeightType.F32, model.Tensor("blk.0.ffn_gate_inp.weight").Type);
        Assert.Equal((2, 1), (model.Metadata.Int($"{architecture}.expert_count"), model.Metadata.Int($"{architecture}.expert_used_count")));
    }

    [Fact]
    public void Experts_of_gpt_oss_become_ggml_blocks()
    {
        Random random = new(1);
        byte[] blocks = new byte[2 * 8 * 2 * 16];
        random.NextBytes(blocks);
        byte[] scales = [.. Enumerable.Range(0, 2 * 8 * 2).Select(static i => (byte)(120 + i % 9))];
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"gpt_oss","hidden_size":64,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"head_dim":32,"intermediate_size":4,"vocab_size":10,"max_position_embeddings":64,"sliding_window":128,"num_local_experts":2,"num_experts_per_tok":1,"layer_types":["sliding_attention"],"quantization_config":{"quant_method":"mxfp4"},"rope_scaling":{"rope_type":"yarn","factor":32.0,"beta_fast":32.0,"beta_slow":1.0,"original_max_position_embeddings":4096,"truncate":false}}""")
            .Ends(10, 64)
            .Tensor("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", [2, 8, 2, 16], blocks)
            .Tensor("model.layers.0.mlp.experts.gate_up_proj_scales", "U8", [2, 8, 2], scales)
            .Counting("model.layers.0.mlp.experts.gate_up_proj_bias", [2, 8], byRow: false)
            .Counting("model.layers.0.mlp.experts.down_proj_bias", [2, 64], byRow: false)
            .Counting("model.layers.0.self_attn.sinks", [2], byRow: false)
            .Counting("model.layers.0.mlp.router.weight", [2, 64])
            .Counting("model.layers.0.mlp.router.bias", [2], byRow: false)
            .Write();
        using ModelFile model = folder.Open();

        // What transformers makes of the bytes: the low bits of a byte are the weight before that of the high bits.
        float[] table = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];
        float Expected(int expert, int row, int column) =>
            table[(blocks[((expert * 8 + row) * 2 + column / 32) * 16 + column % 32 / 2] >> (column % 2 * 4)) & 15] * MathF.Pow(2, scales[(expert * 8 + row) * 2 + column / 32] - 127);

        foreach ((string name, int first) in ((string, int)[])[("blk.0.ffn_gate_exps", 0), ("blk.0.ffn_up_exps", 1)])
        {
            Tensor tensor = model.Tensor(name + ".weight");
            Assert.Equal(WeightType.MXFP4, tensor.Type);
            Assert.Equal([64, 4, 2], tensor.Shape);
            float[] weights = All(tensor);
            for (int i = 0; i < weights.Length; i++)
            {
                Assert.Equal(Expected(i / 256, i / 64 % 4 * 2 + first, i % 64), weights[i]);
            }

            Assert.Equal([first, first + 2, first + 4, first + 6, first + 8, first + 10, first + 12, first + 14], All(model.Tensor(name + ".bias")));
        }

        Assert.Equal([64, 2], model.Tensor("blk.0.ffn_down_exps.bias").Shape);
        Assert.Equal([0, 1], All(model.Tensor("blk.0.attn_sinks.weight")));
        Assert.Equal([0, 1], All(model.Tensor("blk.0.ffn_gate_inp.bias")));
        Metadata keys = model.Metadata;
        Assert.Equal(("yarn", 32f, 4096), (keys.String("gpt-oss.rope.scaling.type"), keys.Float("gpt-oss.rope.scaling.factor"), keys.Int("gpt-oss.rope.scaling.original_context_length")));
        Assert.Equal((4, 128, 32), (keys.Int("gpt-oss.expert_feed_forward_length"), keys.Int("gpt-oss.attention.sliding_window"), keys.Int("gpt-oss.attention.key_length")));
    }

    [Fact]
    public void Fused_matrices_of_phi3_keep_their_rows()
    {
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"phi3","hidden_size":16,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,"intermediate_size":16,"vocab_size":10,"max_position_embeddings":131072,"original_max_position_embeddings":4096,"sliding_window":2047,"partial_rotary_factor":0.5,"rope_scaling":{"type":"longrope","long_factor":[1.5,4],"short_factor":[1,1.25]}}""")
            .Ends(10, 16)
            .Counting("model.layers.0.self_attn.qkv_proj.weight", [32, 16])
            .Counting("model.layers.0.mlp.gate_up_proj.weight", [32, 16])
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal([16, 32], model.Tensor("blk.0.attn_qkv.weight").Shape);
        Assert.Equal(Enumerable.Range(0, 32).Select(static i => (float)i), FirstOfRows(model.Tensor("blk.0.ffn_up.weight")));
        Assert.Equal([1.5f, 4], All(model.Tensor("rope_factors_long.weight")));
        Assert.Equal([1, 1.25f], All(model.Tensor("rope_factors_short.weight")));
        Metadata keys = model.Metadata;
        Assert.Equal((4, 4096, 2047), (keys.Int("phi3.rope.dimension_count"), keys.Int("phi3.rope.scaling.original_context_length"), keys.Int("phi3.attention.sliding_window")));
        Assert.Equal(Math.Sqrt(1 + Math.Log(32) / Math.Log(4096)), keys.Float("phi3.rope.scaling.attn_factor"), 1e-6);
    }

    /// <summary>Llama 3.1 8B: values of the formula in its reference code, computed apart in double precision.</summary>
    [Fact]
    public void Llama_3_scaling_becomes_a_tensor_of_frequency_factors()
    {
        using FolderBuilder folder = new FolderBuilder()
            .Config(Llama.Replace("\"rope_theta\":10000.0", "\"head_dim\":128,\"rope_theta\":500000.0,\"rope_scaling\":{\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"}", StringComparison.Ordinal))
            .Ends(10, 8)
            .Write();
        using ModelFile model = folder.Open();
        float[] factors = All(model.Tensor("rope_freqs.weight"));
        Assert.Equal(64, factors.Length);
        double[] expected = [.. Enumerable.Range(0, 64).Select(static i =>
        {
            double wave = 2 * Math.PI * Math.Pow(500000, 2.0 * i / 128);
            double smooth = (8192 / wave - 1) / 3;
            return wave < 2048 ? 1 : wave > 8192 ? 8 : 1 / ((1 - smooth) / 8 + smooth);
        })];
        Assert.Equal((29, 6), (factors.Count(static factor => factor == 1), factors.Count(static factor => factor is > 1 and < 8)));
        for (int i = 0; i < 64; i++)
        {
            Assert.Equal(expected[i], factors[i], 2e-5 * expected[i]);
        }

        Assert.False(model.Metadata.Contains("llama.rope.scaling.type"));
    }

    [Fact]
    public void Shards_are_found_by_their_index()
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8).WriteShards();
        using ModelFile model = folder.Open();
        Assert.Equal(3, model.Tensors.Count);
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => (float)i), FirstOfRows(model.Tensor("output.weight")));
        model.VerifyUnchanged();
    }

    [Theory]
    [InlineData("mistral", "\"sliding_window\":32,", 32)]
    [InlineData("mistral", "\"sliding_window\":64,", 0)]
    [InlineData("mistral", "\"sliding_window\":null,", 0)]
    [InlineData("llama", "\"sliding_window\":32,", 0)]
    public void Layers_have_a_window_where_transformers_gives_them_one(string type, string keys, int window)
    {
        const string Layer = "model.layers.0.";
        using FolderBuilder folder = new FolderBuilder().Config(Llama.Replace("\"llama\",", $"\"{type}\",{keys}", StringComparison.Ordinal)).Ends(10, 8)
            .Counting(Layer + "input_layernorm.weight", [8]).Counting(Layer + "post_attention_layernorm.weight", [8])
            .Counting(Layer + "self_attn.q_proj.weight", [8, 8]).Counting(Layer + "self_attn.k_proj.weight", [4, 8])
            .Counting(Layer + "self_attn.v_proj.weight", [4, 8]).Counting(Layer + "self_attn.o_proj.weight", [8, 8])
            .Counting(Layer + "mlp.gate_proj.weight", [16, 8]).Counting(Layer + "mlp.up_proj.weight", [16, 8]).Counting(Layer + "mlp.down_proj.weight", [8, 16])
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal(window, Assert.Single(Millrace.Architectures.Architecture.Build(model, 64).Layers).Window);
    }

    [Fact]
    public void The_text_part_of_a_model_that_sees_is_read_alone()
    {
        using FolderBuilder folder = new FolderBuilder()
            .Config("""{"model_type":"mistral3","vision_config":{"hidden_size":1},"text_config":TEXT}""".Replace("TEXT", Llama.Replace("llama", "mistral", StringComparison.Ordinal), StringComparison.Ordinal))
            .Counting("language_model.model.embed_tokens.weight", [10, 8])
            .Counting("language_model.lm_head.weight", [10, 8])
            .Counting("vision_tower.patch_conv.weight", [1, 1, 1, 1, 1])
            .Write();
        using ModelFile model = folder.Open();
        Assert.Equal(["token_embd.weight", "output.weight"], model.Tensors.Keys);
    }

    static float[] FirstOfRows(Tensor tensor)
    {
        float[] all = All(tensor);
        return [.. all.Where((_, i) => i % tensor.Columns == 0)];
    }

    static float[] All(Tensor tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        tensor.ReadRows(0, bytes);
        float[] weights = new float[tensor.Columns * tensor.Rows];
        RowDecoder.Dequantize(tensor.Type, bytes, weights);
        return weights;
    }
}
