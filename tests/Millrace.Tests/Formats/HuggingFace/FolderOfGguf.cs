using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Formats.HuggingFace;

/// <summary>A small model, whose GGUF llama.cpp computes as the reference does, turned into the folder that transformers would have it in: the reader's work undone, without the reader's code.</summary>
sealed class FolderOfGguf
{
    static readonly Dictionary<string, string> Names = new()
    {
        ["attn_norm"] = "input_layernorm", ["attn_q"] = "self_attn.q_proj", ["attn_k"] = "self_attn.k_proj", ["attn_v"] = "self_attn.v_proj",
        ["attn_qkv"] = "self_attn.qkv_proj", ["attn_output"] = "self_attn.o_proj", ["attn_q_norm"] = "self_attn.q_norm", ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm", ["post_attention_norm"] = "post_attention_layernorm", ["post_ffw_norm"] = "post_feedforward_layernorm",
        ["ffn_gate"] = "mlp.gate_proj", ["ffn_up"] = "mlp.up_proj", ["ffn_down"] = "mlp.down_proj", ["ffn_gate_inp"] = "mlp.gate", ["attn_sinks"] = "self_attn.sinks",
    };

    readonly TinyModelBuilder _model;
    readonly string _architecture;
    readonly bool _mixtral;

    public FolderOfGguf(string variant)
    {
        _model = TinyModels.Build(variant, WeightType.BF16);
        _architecture = (string)_model.Metadata["general.architecture"];
        _mixtral = variant == "mixtral";
        ulong seed = 1;
        foreach (TinyTensor tensor in _model.Tensors)
        {
            bool mxfp4 = _architecture == "gpt-oss" && tensor.Name.EndsWith("_exps.weight", StringComparison.Ordinal);
            WeightType type = mxfp4 ? WeightType.MXFP4 : tensor.Type;
            byte[] bytes = new byte[type.RowBytes(tensor.Shape[0]) * (tensor.Count / tensor.Shape[0])];
            RandomBlocks.Fill(type, bytes, seed++, 0.5f);
            if (tensor.Values is { } values)
            {
                MemoryMarshal.AsBytes<float>(values).CopyTo(bytes);
            }

            Expected[tensor.Name] = (type, tensor.Shape, bytes);
        }
    }

    /// <summary>What the GGUF file holds.</summary>
    public OrderedDictionary<string, (WeightType Type, long[] Shape, byte[] Bytes)> Expected { get; } = [];

    /// <summary>The keys of the GGUF file.</summary>
    public IEnumerable<KeyValuePair<string, object>> Keys => _model.Metadata.Where(pair => pair.Key.StartsWith(_architecture, StringComparison.Ordinal));

    /// <summary>Writes the folder.</summary>
    public FolderBuilder Write()
    {
        FolderBuilder folder = new FolderBuilder().Config(Config());
        foreach ((string name, (WeightType type, long[] shape, byte[] bytes)) in Expected)
        {
            Add(folder, name, type, [.. shape.Reverse()], bytes);
        }

        return folder.Write();
    }

    void Add(FolderBuilder folder, string name, WeightType type, long[] shape, byte[] bytes)
    {
        string dtype = type == WeightType.F32 ? "F32" : "BF16";
        int size = type == WeightType.F32 ? 4 : 2;
        string[] parts = name.Split('.');
        string suffix = "." + parts[^1];
        if (name is "token_embd.weight" or "output_norm.weight" or "output.weight")
        {
            folder.Tensor(name[0] == 't' ? "model.embed_tokens.weight" : name == "output.weight" ? "lm_head.weight" : "model.norm.weight", dtype, shape, Stored(name, bytes));
            return;
        }

        if (parts[0] != "blk")
        {
            return; // frequency factors are in the configuration
        }

        string layer = $"model.layers.{parts[1]}.";
        string stem = parts[2];
        if (stem.EndsWith("_exps", StringComparison.Ordinal))
        {
            AddExperts(folder, layer, stem, suffix, dtype, shape, bytes);
            return;
        }

        string to = (_architecture, stem) switch
        {
            ("gemma3", "ffn_norm") => "pre_feedforward_layernorm",
            ("phi3", "ffn_up") => "mlp.gate_up_proj",
            ("gpt-oss", "ffn_gate_inp") => "mlp.router",
            _ when stem == "ffn_gate_inp" && _mixtral => "block_sparse_moe.gate",
            _ => Names[stem],
        };
        if (_architecture == "llama" && stem is "attn_q" or "attn_k")
        {
            bytes = Halves(bytes, size * (shape.Length > 1 ? (int)shape[1] : 1));
        }

        folder.Tensor(layer + to + (stem == "attn_sinks" ? "" : suffix), dtype, shape, Stored(name, bytes));
    }

    void AddExperts(FolderBuilder folder, string layer, string stem, string suffix, string dtype, long[] shape, byte[] bytes)
    {
        if (_architecture == "gpt-oss")
        {
            if (stem == "ffn_up_exps")
            {
                return; // goes with the gate
            }

            bool down = stem == "ffn_down_exps";
            string name = layer + (down ? "mlp.experts.down_proj" : "mlp.experts.gate_up_proj");
            byte[] up = down ? bytes : Expected[$"blk.{layer.Split('.')[2]}.ffn_up_exps{suffix}"].Bytes;
            int rows = down ? 1 : 2;
            if (suffix == ".bias")
            {
                folder.Tensor(name + "_bias", dtype, [shape[0], rows * shape[1]], down ? bytes : Alternate(bytes, up, 4));
                return;
            }

            byte[] both = down ? bytes : Alternate(bytes, up, (int)shape[2] / 32 * 17);
            byte[][] blocks = [.. both.Chunk(17)];
            folder.Tensor(name + "_blocks", "U8", [shape[0], rows * shape[1], shape[2] / 32, 16], [.. blocks.SelectMany(Neighbours)]);
            folder.Tensor(name + "_scales", "U8", [shape[0], rows * shape[1], shape[2] / 32], [.. blocks.Select(static block => block[0])]);
            return;
        }

        int each = bytes.Length / (int)shape[0];
        for (int expert = 0; expert < shape[0]; expert++)
        {
            string matrix = _mixtral
                ? $"block_sparse_moe.experts.{expert}.{(stem == "ffn_gate_exps" ? "w1" : stem == "ffn_up_exps" ? "w3" : "w2")}"
                : $"mlp.experts.{expert}.{(stem == "ffn_gate_exps" ? "gate" : stem == "ffn_up_exps" ? "up" : "down")}_proj";
            folder.Tensor(layer + matrix + suffix, dtype, shape[1..], bytes[(expert * each)..((expert + 1) * each)]);
        }
    }

    // Gemma's norms are stored less 1.
    byte[] Stored(string name, byte[] bytes) => _architecture == "gemma3" && name.EndsWith("norm.weight", StringComparison.Ordinal)
        ? MemoryMarshal.AsBytes<float>(MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(static weight => weight - 1).ToArray()).ToArray()
        : bytes;

    // Rows 2 i and 2 i + 1 of a head to i and i + n / 2.
    byte[] Halves(byte[] bytes, int rowBytes)
    {
        int head = Convert.ToInt32(_model.Metadata["llama.attention.key_length"], CultureInfo.InvariantCulture);
        byte[] halves = new byte[bytes.Length];
        for (int row = 0; row < bytes.Length / rowBytes; row++)
        {
            int to = row / head * head + row % 2 * (head / 2) + row % head / 2;
            bytes.AsSpan(row * rowBytes, rowBytes).CopyTo(halves.AsSpan(to * rowBytes));
        }

        return halves;
    }

    static byte[] Alternate(byte[] first, byte[] second, int rowBytes) =>
        [.. first.Chunk(rowBytes).Zip(second.Chunk(rowBytes)).SelectMany(static pair => pair.First.Concat(pair.Second))];

    // Weights j and j + 16 of a byte to neighbours.
    static byte[] Neighbours(byte[] block)
    {
        int[] weights = [.. block.Skip(1).Select(static pair => pair & 15), .. block.Skip(1).Select(static pair => pair >> 4)];
        return [.. weights.Chunk(2).Select(static pair => (byte)(pair[0] | pair[1] << 4))];
    }

    string Config()
    {
        JsonObject config = new()
        {
            ["model_type"] = _mixtral ? "mixtral" : _architecture switch { "gpt-oss" => "gpt_oss", "gemma3" => "gemma3_text", "qwen3moe" => "qwen3_moe", string same => same },
            ["vocab_size"] = Expected["token_embd.weight"].Shape[1],
            ["tie_word_embeddings"] = !Expected.ContainsKey("output.weight"),
            ["norm_topk_prob"] = true,
        };
        JsonObject rope = [];
        foreach ((string key, object value) in Keys)
        {
            string name = key[(_architecture.Length + 1)..];
            JsonNode number = value is string text ? text : value is float single ? single : JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture));
            switch (name)
            {
                case "block_count": config["num_hidden_layers"] = number; break;
                case "context_length": config["max_position_embeddings"] = number; break;
                case "embedding_length": config["hidden_size"] = number; break;
                case "feed_forward_length": config["intermediate_size"] = number; break;
                case "attention.head_count": config["num_attention_heads"] = number; break;
                case "attention.head_count_kv": config["num_key_value_heads"] = number; break;
                case "attention.key_length": config["head_dim"] = number; break;
                case "attention.layer_norm_rms_epsilon": config["rms_norm_eps"] = number; break;
                case "attention.sliding_window": config["sliding_window"] = number; break;
                case "rope.freq_base": config["rope_theta"] = number; break;
                case "rope.dimension_count" when _architecture == "phi3": config["partial_rotary_factor"] = Convert.ToDouble(value, CultureInfo.InvariantCulture) / 32; break;
                case "rope.scaling.type": rope["rope_type"] = number; break;
                case "rope.scaling.factor": rope["factor"] = number; break;
                case "rope.scaling.attn_factor": rope["attention_factor"] = number; break;
                case "rope.scaling.original_context_length": rope["original_max_position_embeddings"] = number; break;
                case "expert_count": config[_architecture == "qwen3moe" ? "num_experts" : "num_local_experts"] = number; break;
                case "expert_used_count": config["num_experts_per_tok"] = number; break;
                case "expert_feed_forward_length": config[_architecture == "gpt-oss" ? "intermediate_size" : "moe_intermediate_size"] = number; break;
                default: break;
            }
        }

        foreach ((string tensor, string key) in ((string, string)[])[("rope_factors_long.weight", "long_factor"), ("rope_factors_short.weight", "short_factor")])
        {
            if (Expected.TryGetValue(tensor, out var factors))
            {
                rope["rope_type"] = "longrope";
                rope[key] = new JsonArray([.. MemoryMarshal.Cast<byte, float>(factors.Bytes).ToArray().Select(static factor => JsonValue.Create(factor))]);
            }
        }

        if (rope.Count > 0)
        {
            config["rope_scaling"] = rope;
        }

        return config.ToJsonString();
    }
}
