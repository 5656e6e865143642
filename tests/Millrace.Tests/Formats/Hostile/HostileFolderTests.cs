using System.Text.Json.Nodes;
using Millrace.Formats;
using Millrace.Tests.Formats.HuggingFace;

namespace Millrace.Tests.Formats.Hostile;

public class HostileFolderTests
{
    const string Llama = """{"model_type":"llama","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":1,"intermediate_size":16,"vocab_size":10,"max_position_embeddings":64}""";

    /// <summary>A key of config.json set to a value (nothing: taken away), and the message.</summary>
    [Theory]
    [InlineData("model_type", "", "model_type: expected a string, found no such key")]
    [InlineData("model_type", "7", "model_type: expected a string, found 7")]
    [InlineData("model_type", "\"bert\"", "model_type: expected llama, mistral, mixtral, qwen2, qwen3, qwen3_moe, gemma3, gemma3_text, phi3, gpt_oss, deepseek_v2, deepseek_v3, kimi_k2 or glm4_moe_lite, found bert")]
    [InlineData("model_type", "\"\\ud800\"", "model_type: expected UTF-8 text, found other bytes")]
    [InlineData("hidden_size", "", "hidden_size: expected an integer from 1 to 1048576, found no such key")]
    [InlineData("hidden_size", "0", "hidden_size: expected an integer from 1 to 1048576, found 0")]
    [InlineData("hidden_size", "-1", "hidden_size: expected an integer from 1 to 1048576, found -1")]
    [InlineData("hidden_size", "2147483648", "hidden_size: expected an integer from 1 to 1048576, found 2147483648")]
    [InlineData("hidden_size", "1e999", "hidden_size: expected an integer from 1 to 1048576, found 1e999")]
    [InlineData("hidden_size", "8.5", "hidden_size: expected an integer from 1 to 1048576, found 8.5")]
    [InlineData("hidden_size", "\"8\"", "hidden_size: expected an integer from 1 to 1048576, found \"8\"")]
    [InlineData("hidden_size", "[8]", "hidden_size: expected an integer from 1 to 1048576, found an array of 1")]
    [InlineData("hidden_size", "{}", "hidden_size: expected an integer from 1 to 1048576, found an object")]
    [InlineData("hidden_size", "true", "hidden_size: expected an integer from 1 to 1048576, found true")]
    [InlineData("num_hidden_layers", "", "num_hidden_layers: expected an integer from 1 to 4096, found no such key")]
    [InlineData("num_hidden_layers", "4097", "num_hidden_layers: expected an integer from 1 to 4096, found 4097")]
    [InlineData("num_attention_heads", "", "num_attention_heads: expected an integer from 1 to 65536, found no such key")]
    [InlineData("num_attention_heads", "0", "num_attention_heads: expected an integer from 1 to 65536, found 0")]
    [InlineData("num_key_value_heads", "0", "num_key_value_heads: expected an integer from 1 to 65536, found 0")]
    [InlineData("head_dim", "0", "head_dim: expected an integer from 1 to 65536, found 0")]
    [InlineData("intermediate_size", "", "intermediate_size: expected an integer from 1 to 16777216, found no such key")]
    [InlineData("vocab_size", "null", "vocab_size: expected an integer from 1 to 16777216, found no such key")]
    [InlineData("max_position_embeddings", "", "max_position_embeddings: expected an integer from 1 to 2147483647, found no such key")]
    [InlineData("rms_norm_eps", "0", "rms_norm_eps: expected a number above 0, found 0")]
    [InlineData("rms_norm_eps", "-1e-5", "rms_norm_eps: expected a number above 0, found -1e-5")]
    [InlineData("rms_norm_eps", "\"1e-5\"", "rms_norm_eps: expected a number above 0, found \"1e-5\"")]
    [InlineData("rope_theta", "1e999", "rope_theta: expected a number above 0, found 1e999")]
    [InlineData("rope_theta", "0", "rope_theta: expected a number above 0, found 0")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act: expected silu, found gelu")]
    [InlineData("tie_word_embeddings", "\"yes\"", "tie_word_embeddings: expected true or false, found \"yes\"")]
    [InlineData("bos_token_id", "\"1\"", "bos_token_id: expected an integer or an array of them, found \"1\"")]
    [InlineData("eos_token_id", "[1,2.5]", "eos_token_id: expected an integer or an array of them, found 2.5")]
    [InlineData("rope_scaling", "3", "rope_scaling: expected an object, found 3")]
    [InlineData("rope_scaling", "{\"rope_type\":\"dynamic\",\"factor\":2}", "rope_scaling.rope_type: expected default, linear, yarn, llama3 or longrope, found dynamic")]
    [InlineData("rope_scaling", "{\"type\":\"linear\"}", "rope_scaling.factor: expected a number above 0, found no such key")]
    [InlineData("rope_scaling", "{\"type\":\"linear\",\"factor\":0}", "rope_scaling.factor: expected a number above 0, found 0")]
    [InlineData("rope_scaling", "{\"type\":\"yarn\",\"factor\":2,\"beta_fast\":-1}", "rope_scaling.beta_fast: expected a number above 0, found -1")]
    [InlineData("rope_scaling", "{\"type\":\"yarn\",\"factor\":2,\"original_max_position_embeddings\":0}", "rope_scaling.original_max_position_embeddings: expected an integer from 1 to 2147483647, found 0")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"long_factor\":[1],\"short_factor\":[1,1]}", "rope_scaling.long_factor: expected an array of 2 numbers, found an array of 1")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"long_factor\":[1,1]}", "rope_scaling.short_factor: expected an array of 2 numbers, found no such key")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"long_factor\":[1,0],\"short_factor\":[1,1]}", "rope_scaling.long_factor: expected numbers above 0, found 0")]
    [InlineData("rope_scaling", "{\"type\":\"llama3\",\"factor\":\"8\"}", "rope_scaling.factor: expected a number above 0, found \"8\"")]
    [InlineData("rope_parameters", "{\"rope_theta\":-1,\"rope_type\":\"default\"}", "rope_parameters.rope_theta: expected a number above 0, found -1")]
    [InlineData("text_config", "[]", "text_config: expected an object, found an array of 0")]
    [InlineData("quantization_config", "{}", "quantization_config.quant_method: expected a string, found no such key")]
    [InlineData("quantization_config", "{\"quant_method\":\"awq\"}", "quantization_config.quant_method: expected fp8, fbgemm_fp8, mxfp4 or compressed-tensors of format float-quantized, found awq")]
    [InlineData("quantization_config", "{\"quant_method\":\"gptq\"}", "quantization_config.quant_method: expected fp8, fbgemm_fp8, mxfp4 or compressed-tensors of format float-quantized, found gptq")]
    [InlineData("quantization_config", "{\"quant_method\":\"bitsandbytes\"}", "quantization_config.quant_method: expected fp8, fbgemm_fp8, mxfp4 or compressed-tensors of format float-quantized, found bitsandbytes")]
    [InlineData("quantization_config", "{\"quant_method\":\"compressed-tensors\",\"format\":\"pack-quantized\"}", "quantization_config.quant_method: expected fp8, fbgemm_fp8, mxfp4 or compressed-tensors of format float-quantized, found compressed-tensors")]
    [InlineData("quantization_config", "{\"quant_method\":\"fp8\",\"weight_block_size\":[128]}", "quantization_config.weight_block_size: expected two numbers above 0, the second a multiple of 32, found others")]
    [InlineData("quantization_config", "{\"quant_method\":\"fp8\",\"weight_block_size\":[128,48]}", "quantization_config.weight_block_size: expected two numbers above 0, the second a multiple of 32, found others")]
    [InlineData("quantization_config", "{\"quant_method\":\"fp8\",\"weight_block_size\":[0,128]}", "quantization_config.weight_block_size: expected two numbers above 0, the second a multiple of 32, found others")]
    public void A_bad_key_is_refused(string key, string value, string message)
    {
        JsonObject config = JsonNode.Parse(Llama)!.AsObject();
        config.Remove(key);
        string json = value.Length == 0 ? config.ToJsonString() : config.ToJsonString()[..^1] + $",\"{key}\":{value}}}";
        Refused(new FolderBuilder().Config(json).Ends(10, 8).Write(), "config.json", message);
    }

    /// <summary>Keys of one kind of model.</summary>
    [Theory]
    [InlineData("mixtral", "", "num_local_experts: expected an integer from 1 to 65536, found no such key")]
    [InlineData("mixtral", "\"num_local_experts\":2,\"num_experts_per_tok\":3", "num_experts_per_tok: expected an integer from 1 to 2, found 3")]
    [InlineData("mistral", "\"sliding_window\":0", "sliding_window: expected an integer from 1 to 2147483647, found 0")]
    [InlineData("qwen2", "\"use_sliding_window\":true", "use_sliding_window: expected false, found true")]
    [InlineData("qwen3_moe", "\"num_experts\":2,\"num_experts_per_tok\":1,\"moe_intermediate_size\":4", "norm_topk_prob: expected true, found false")]
    [InlineData("qwen3_moe", "\"num_experts\":2,\"num_experts_per_tok\":1,\"moe_intermediate_size\":4,\"norm_topk_prob\":true,\"decoder_sparse_step\":2", "decoder_sparse_step: expected 1, found another")]
    [InlineData("qwen3_moe", "\"num_experts\":2,\"num_experts_per_tok\":1,\"moe_intermediate_size\":4,\"norm_topk_prob\":true,\"mlp_only_layers\":[0]", "mlp_only_layers: expected no layers, found some")]
    [InlineData("gemma3_text", "\"hidden_activation\":\"gelu_pytorch_tanh\"", "sliding_window: expected an integer from 1 to 2147483647, found no such key")]
    [InlineData("gemma3_text", "\"sliding_window\":512,\"hidden_activation\":\"silu\"", "hidden_act: expected gelu_pytorch_tanh, found silu")]
    [InlineData("gemma3_text", "\"sliding_window\":512,\"attn_logit_softcapping\":50.0", "attn_logit_softcapping: expected none, as Gemma 3 has, found one")]
    [InlineData("gemma3_text", "\"sliding_window\":512,\"final_logit_softcapping\":30.0", "final_logit_softcapping: expected none, as Gemma 3 has, found one")]
    [InlineData("gemma3_text", "\"sliding_window\":512,\"layer_types\":[\"full_attention\"]", "layer_types: expected sliding_attention in layer 0, found full_attention")]
    [InlineData("gemma3_text", "\"sliding_window\":512,\"layer_types\":[1]", "layer_types: expected an array of strings, found 1")]
    [InlineData("gpt_oss", "\"sliding_window\":128,\"num_local_experts\":2,\"num_experts_per_tok\":1,\"layer_types\":[\"full_attention\"]", "layer_types: expected sliding_attention in layer 0, found full_attention")]
    [InlineData("phi3", "\"partial_rotary_factor\":2.0", "partial_rotary_factor: expected an even part of the 4 numbers of a head, found 8")]
    public void A_bad_key_of_a_kind_of_model_is_refused(string type, string keys, string message) =>
        Refused(new FolderBuilder().Config(Llama[..^1].Replace("llama", type, StringComparison.Ordinal) + (keys.Length > 0 ? "," : "") + keys + "}").Ends(10, 8).Write(), "config.json", message);

    [Theory]
    [InlineData("[]", "file: expected a JSON object, found Array")]
    [InlineData("nul", "file at byte 3: expected JSON, found ")]
    [InlineData("{\"a\":1,\"a\":2}", "file")]
    [InlineData("{\"a\":1,}", "file")]
    [InlineData("\uFEFF{}", "file")]
    public void A_config_that_is_not_a_json_object_is_refused(string json, string message)
    {
        using FolderBuilder folder = new FolderBuilder().Config(json).Ends(10, 8).Write();
        Assert.StartsWith($"{folder.File("config.json")}: {message}", Assert.Throws<ModelFormatException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.2.mlp.up_proj.weight", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("model.layers.00.mlp.up_proj.weight", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("model.layers.-1.mlp.up_proj.weight", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("model.layers.0.mlp.up_proj", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("model.layers.0.mlp.up_proj.weight_packed", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("transformer.h.0.attn.c_attn.weight", "expected the name of a tensor of llama with 2 layers, found another")]
    [InlineData("model.layers.0.self_attn.q_proj.weight", "expected 2 heads of 4 rows, an even number, found [16, 8]")]
    [InlineData("model.layers.0.mlp.experts.0.up_proj.weight", "expected 0 experts, found 1")]
    [InlineData("language_model.model.embed_tokens.weight", "expected each tensor once, found another for token_embd.weight")]
    [InlineData("model.layers.0.mlp.up_proj.weight_scale", "expected FP8 weights that it scales, found none")]
    public void A_tensor_that_does_not_belong_is_refused(string name, string message)
    {
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8).Counting(name, [16, 8]).Write();
        Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape(folder.File("model.safetensors"))}: {System.Text.RegularExpressions.Regex.Escape(name)} at byte [0-9]+: {System.Text.RegularExpressions.Regex.Escape(message)}$", Assert.Throws<ModelFormatException>(folder.Open).Message);
    }

    [Theory]
    [InlineData("I64", "8,2", "expected weights of dtype F32, F16, BF16, F8_E4M3 or F8_E5M2, found I64")]
    [InlineData("F64", "8,2", "expected weights of dtype F32, F16, BF16, F8_E4M3 or F8_E5M2, found F64")]
    [InlineData("F32", "2,2,2,2,2", "expected 1 to 4 extents of at least 1, found [2, 2, 2, 2, 2]")]
    [InlineData("F32", "", "expected 1 to 4 extents of at least 1, found []")]
    [InlineData("F32", "0,4", "expected 1 to 4 extents of at least 1, found [0, 4]")]
    public void A_tensor_of_another_form_is_refused(string dtype, string shape, string message)
    {
        long[] extents = [.. shape.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        long bytes = extents.Aggregate(dtype is "I64" or "F64" ? 8L : 4L, static (product, extent) => product * extent);
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8).Tensor("model.layers.0.mlp.up_proj.weight", dtype, extents, new byte[bytes]).Write();
        Assert.EndsWith(": " + message, Assert.Throws<ModelFormatException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("F8_E4M3", "16,8", "F32", "3", "expected [], [16], [16, 1] or [1, 1], found [3]")]
    [InlineData("F8_E4M3", "16,8", "F32", "2,2", "expected [], [16], [16, 1] or [1, 1], found [2, 2]")]
    [InlineData("F8_E4M3", "128", "F32", "1", "expected an FP8 matrix, as it has a scale, found F8_E4M3 [128]")]
    [InlineData("BF16", "16,8", "F32", "1", "expected an FP8 matrix, as it has a scale, found BF16 [16, 8]")]
    [InlineData("F8_E4M3", "16,8", "I32", "1", "expected weights of dtype F32, F16, BF16, F8_E4M3 or F8_E5M2, found I32")]
    public void A_scale_that_does_not_fit_is_refused(string dtype, string shape, string scaleType, string scaleShape, string message)
    {
        long[] extents = [.. shape.Split(',').Select(long.Parse)];
        long[] scaleExtents = [.. scaleShape.Split(',').Select(long.Parse)];
        long weights = extents.Aggregate(dtype == "BF16" ? 2L : 1L, static (product, extent) => product * extent);
        using FolderBuilder folder = new FolderBuilder().Config(Llama).Ends(10, 8)
            .Tensor("model.layers.0.mlp.up_proj.weight", dtype, extents, new byte[weights])
            .Tensor("model.layers.0.mlp.up_proj.weight_scale", scaleType, scaleExtents, new byte[4 * scaleExtents.Aggregate(1L, static (product, extent) => product * extent)])
            .Write();
        Assert.EndsWith(": " + message, Assert.Throws<ModelFormatException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "weight_map: expected an object, found none")]
    [InlineData("""{"weight_map":[]}""", "weight_map: expected an object, found none")]
    [InlineData("""{"weight_map":{"a":1}}""", "a: expected the name of a .safetensors file in the folder, found Number")]
    [InlineData("""{"weight_map":{"a":"../x.safetensors"}}""", "a: expected the name of a .safetensors file in the folder, found ../x.safetensors")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "a: expected the name of a .safetensors file in the folder, found /etc/x.safetensors")]
    [InlineData("""{"weight_map":{"a":"C:\\x.safetensors"}}""", "a: expected the name of a .safetensors file in the folder, found C:\\x.safetensors")]
    [InlineData("""{"weight_map":{"a":"x\u0000.safetensors"}}""", "a: expected the name of a .safetensors file in the folder, found x\uFFFD.safetensors")]
    [InlineData("""{"weight_map":{"a":"config.json"}}""", "a: expected the name of a .safetensors file in the folder, found config.json")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""", "weight_map: expected UTF-8 text, found other bytes")]
    [InlineData("""{"weight_map":{"a":"none.safetensors"}}""", "weight_map: expected the shard none.safetensors, found no such file")]
    [InlineData("""{"weight_map":{"other":"model-00001-of-00002.safetensors"}}""", "other: expected the tensor in model-00001-of-00002.safetensors, found none")]
    public void A_bad_index_is_refused(string index, string message) =>
        Refused(new FolderBuilder().Config(Llama).Counting("a", [2]).Counting("b", [2]).WriteShards().Text("model.safetensors.index.json", index), "model.safetensors.index.json", message);

    [Fact]
    public void Shards_and_index_must_agree()
    {
        const string First = "model-00001-of-00002.safetensors";
        const string Second = "model-00002-of-00002.safetensors";
        FolderBuilder Shards(string index) => new FolderBuilder().Config(Llama).Counting("a", [2]).Counting("b", [2]).WriteShards().Text("model.safetensors.index.json", index);
        Refused(Shards($$$"""{"weight_map":{"a":"{{{First}}}","b":"{{{First}}}"}}"""), "model.safetensors.index.json", $"b: expected the tensor in {First}, found none");
        Refused(Shards($$$"""{"weight_map":{"a":"{{{Second}}}","b":"{{{First}}}"}}"""), "model.safetensors.index.json", $"a: expected the tensor in {Second}, found it in {First}");
        Refused(Shards($$$"""{"weight_map":{"b":"{{{Second}}}","c":"{{{Second}}}"}}"""), "model.safetensors.index.json", $"c: expected the tensor in {Second}, found none");
        FolderBuilder twice = Shards($$$"""{"weight_map":{"a":"{{{First}}}","b":"{{{Second}}}"}}""");
        File.Copy(twice.File(First), twice.File(Second), overwrite: true);
        Refused(twice, Second, "a at byte 62: expected a tensor that no other shard has, found it again");
        FolderBuilder more = Shards($$$"""{"weight_map":{"a":"{{{First}}}"}}""");
        File.WriteAllBytes(more.File(First), FolderBuilder.Safetensors([("a", "U8", [1], [1]), ("b", "U8", [1], [1])]));
        Refused(more, First, "b at byte 114: expected a tensor that model.safetensors.index.json lists, found one that it does not");
    }

    [Fact]
    public void Experts_must_be_complete_and_alike()
    {
        string config = Llama[..^1].Replace("llama", "mixtral", StringComparison.Ordinal) + ",\"num_local_experts\":2,\"num_experts_per_tok\":1}";
        FolderBuilder Experts(params (int Expert, long[] Shape)[] experts)
        {
            FolderBuilder folder = new FolderBuilder().Config(config).Ends(10, 8);
            foreach ((int expert, long[] shape) in experts)
            {
                folder.Counting($"model.layers.0.block_sparse_moe.experts.{expert}.w1.weight", shape);
            }

            return folder.Write();
        }

        RefusedAtEnd(Experts((0, [16, 8])), "expected 2 experts, found 1");
        RefusedAtEnd(Experts((0, [16, 8]), (2, [16, 8])), "expected expert 1, with shape and type of expert 0, found F32 [16, 8] of expert 2");
        RefusedAtEnd(Experts((0, [16, 8]), (1, [8, 16])), "expected expert 1, with shape and type of expert 0, found F32 [8, 16] of expert 1");
        RefusedAtEnd(Experts((0, [16]), (1, [16])), "expected expert 0, with shape and type of expert 0, found F32 [16] of expert 0");
        RefusedAtEnd(Experts((0, [16, 8]), (1, [16, 8]), (2, [16, 8])), "expected 2 experts, found 3");
    }

    [Fact]
    public void A_folder_without_weights_or_a_head_is_refused()
    {
        Refused(new FolderBuilder().Config(Llama), "", "folder: expected model.safetensors or model.safetensors.index.json, found neither");
        Refused(new FolderBuilder().Config(Llama).Ends(10, 8, head: false).Write(), "config.json", "tie_word_embeddings: expected true, as there is no lm_head.weight, found false");
    }

    static void Refused(FolderBuilder folder, string file, string message)
    {
        using (folder)
        {
            Assert.Equal($"{folder.File(file)}: {message}", Assert.Throws<ModelFormatException>(folder.Open).Message);
        }
    }

    static void RefusedAtEnd(FolderBuilder folder, string message)
    {
        using (folder)
        {
            Assert.EndsWith(": " + message, Assert.Throws<ModelFormatException>(folder.Open).Message, StringComparison.Ordinal);
        }
    }
}
