using Millrace.Formats;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Models;

public sealed class ModelOpenerTests : IDisposable
{
    const string Llama3 = """
        {"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,
        "vocab_size":128256,"max_position_embeddings":8192,"rope_theta":500000.0,"torch_dtype":"bfloat16"}
        """;

    const string DeepSeek = """
        {"model_type":"deepseek_v3","hidden_size":7168,"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"intermediate_size":18432,"vocab_size":129280,
        "max_position_embeddings":163840,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"first_k_dense_replace":3,
        "n_routed_experts":256,"num_experts_per_tok":8,"n_shared_experts":1,"moe_intermediate_size":2048,"routed_scaling_factor":2.5,"tie_word_embeddings":false,
        "rope_scaling":{"type":"yarn","factor":40,"original_max_position_embeddings":4096},"quantization_config":{"quant_method":"fp8","weight_block_size":[128,128]}}
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Configuration_alone_does()
    {
        PlannedModel model = ModelOpener.Open(Folder(Llama3));
        PlannedModel known = ModelOpener.Open("Llama-3-8B");
        Assert.Equal(8_030_261_248, model.Parameters);
        Assert.Equal(known.Step(4, new(100, 1)), model.Step(4, new(100, 1)));
        Assert.Equal(NumberType.Bf16, model.Weights);
    }

    [Fact]
    public void Configuration_of_latent_attention_is_that_of_the_catalogue()
    {
        string folder = Folder(DeepSeek);
        PlannedModel model = ModelOpener.Open(folder);
        PlannedModel known = ModelOpener.Open("deepseek-ai/DeepSeek-R1");
        Assert.Equal(known.Step(4, new(100, 1)), model.Step(4, new(100, 1)));
        Assert.Equal(known.WeightBytes, model.WeightBytes);
        Assert.Equal(NumberType.Fp8, model.Weights);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}']);
        Assert.Equal(known.WeightBytes, ModelOpener.Open(folder).WeightBytes);
        Assert.Contains("planned but not run", Assert.Throws<ModelFormatException>(() => ModelFile.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"torch_dtype\":\"bfloat16\"", "\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4}", NumberType.Int4)]
    [InlineData("\"torch_dtype\":\"bfloat16\"", "\"quantization_config\":{\"quant_method\":\"modelopt\",\"quant_algo\":\"NVFP4\"}", NumberType.Fp4)]
    [InlineData("\"torch_dtype\":\"bfloat16\"", "\"torch_dtype\":\"float16\"", NumberType.Fp16)]
    public void Configuration_says_the_precision(string from, string to, NumberType weights) => Assert.Equal(weights, ModelOpener.Open(Folder(Llama3.Replace(from, to, StringComparison.Ordinal))).Weights);

    [Fact]
    public void File_is_priced_as_it_is_or_in_another_precision()
    {
        string path = Path.Combine(Repository.Root, "models", "story.gguf");
        PlannedModel own = ModelOpener.Open(path);
        PlannedModel wide = ModelOpener.Open(path, Precision.Bf16, NumberType.Fp8);
        Assert.Equal("story", own.Name);
        Assert.Equal(own.Parameters, wide.Parameters);
        Assert.True(own.WeightBytes < 0.7 * wide.WeightBytes);
        Assert.Equal(own.KvBytes(10), 2 * wide.KvBytes(10));
    }

    [Theory]
    [InlineData("\"num_hidden_layers\":32", "\"num_hidden_layers\":0", "num_hidden_layers")]
    [InlineData("\"num_hidden_layers\":32", "\"num_hidden_layers\":-1", "num_hidden_layers")]
    [InlineData("\"num_hidden_layers\":32", "\"num_hidden_layers\":1e99", "num_hidden_layers")]
    [InlineData("\"hidden_size\":4096", "\"hidden_size\":\"wide\"", "hidden_size")]
    [InlineData("\"rope_theta\":500000.0", "\"rope_theta\":0", "rope_theta")]
    [InlineData("\"num_key_value_heads\":8", "\"num_key_value_heads\":5", "head_count_kv")]
    [InlineData("\"vocab_size\":128256", "\"vocab_size\":0", "vocab_size")]
    [InlineData("\"intermediate_size\":14336", "\"intermediate_size\":NaN", "config.json")]
    [InlineData("\"model_type\":\"llama\"", "\"model_type\":\"gptj\"", "model_type")]
    public void Bad_configuration_is_named(string from, string to, string named)
    {
        Assert.Contains(from, Llama3, StringComparison.Ordinal);
        ModelFormatException wrong = Assert.Throws<ModelFormatException>(() => ModelOpener.Open(Folder(Llama3.Replace(from, to, StringComparison.Ordinal))));
        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"kv_lora_rank\":512", "\"kv_lora_rank\":0", "kv_lora_rank")]
    [InlineData("\"first_k_dense_replace\":3", "\"first_k_dense_replace\":62", "first_k_dense_replace")]
    [InlineData("\"num_experts_per_tok\":8", "\"num_experts_per_tok\":257", "num_experts_per_tok")]
    public void Bad_latent_configuration_is_named(string from, string to, string named) => Assert.Contains(
        named, Assert.Throws<ModelFormatException>(() => ModelOpener.Open(Folder(DeepSeek.Replace(from, to, StringComparison.Ordinal)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Shape_with_nothing_in_it_is_named()
    {
        ModelShape shape = ModelCatalogue.Find("llama-3-8b")!.Shape;
        Assert.Throws<ModelFormatException>(() => PlannedModel.Of("x", shape with { Layers = 0 }, Precision.Bf16));
        Assert.Throws<ModelFormatException>(() => PlannedModel.Of("x", shape with { KvHeads = 3 }, Precision.Bf16));
        Assert.Throws<ModelFormatException>(() => PlannedModel.Of("x", shape with { RopeBase = float.NaN }, Precision.Bf16));
    }

    [Fact]
    public void Unknown_name_brings_near_ones()
    {
        Millrace.Planning.PlanningException wrong = Assert.Throws<Millrace.Planning.PlanningException>(() => ModelOpener.Open("llamma-3"));
        Assert.Contains("llama-3-8b", wrong.Message, StringComparison.Ordinal);
    }

    string Folder(string config)
    {
        string folder = _folder.Path($"m{Directory.GetDirectories(_folder.Path("")).Length}");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        return folder;
    }
}
