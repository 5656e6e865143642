namespace Millrace.Formats.HuggingFace;

/// <summary>What a config.json says, under GGUF's keys, and what its tensors need to become GGUF's.</summary>
/// <remarks>Keys and defaults are those that llama.cpp's converter and transformers' configuration classes give. What Millrace would compute otherwise than transformers is refused, not ignored.</remarks>
sealed class ModelConfigMap
{
    readonly ConfigReader _config;
    readonly Dictionary<string, object> _keys = [];

    /// <summary>Reads the configuration.</summary>
    /// <param name="root">The whole of config.json.</param>
    /// <exception cref="ModelFormatException">A key is missing, malformed, or says something that is not supported.</exception>
    public ModelConfigMap(ConfigReader root)
    {
        // Models that also see keep the part for text in an object of its own.
        _config = root.Object("text_config") ?? root;
        ModelType = _config.String("model_type");
        Architecture = ModelType switch
        {
            "llama" or "mistral" or "mixtral" => "llama",
            "qwen2" or "qwen3" or "phi3" => ModelType,
            "qwen3_moe" => "qwen3moe",
            "gemma3" or "gemma3_text" => "gemma3",
            "gpt_oss" => "gpt-oss",
            "deepseek_v2" or "deepseek_v3" or "kimi_k2" or "glm4_moe_lite" => "deepseek2",
            _ => throw _config.Wrong("model_type", "llama, mistral, mixtral, qwen2, qwen3, qwen3_moe, gemma3, gemma3_text, phi3, gpt_oss, deepseek_v2, deepseek_v3, kimi_k2 or glm4_moe_lite", ModelType),
        };
        bool gemma = Architecture == "gemma3";
        Layers = _config.Int("num_hidden_layers", max: 4096);
        int width = _config.Int("hidden_size", max: 1 << 20);
        Heads = _config.Int("num_attention_heads", gemma ? 8 : null, max: 1 << 16);
        KvHeads = _config.Int("num_key_value_heads", gemma ? 4 : Heads, max: 1 << 16);
        HeadDim = _config.Int("head_dim", gemma ? 256 : Math.Max(1, width / Heads), max: 1 << 16);
        Context = _config.Int("max_position_embeddings", gemma ? 131072 : null);
        Tied = _config.Bool("tie_word_embeddings", root.Bool("tie_word_embeddings", gemma));
        Rope = new RopeConfig(_config, HeadDim, Context, gemma ? 1_000_000 : 10_000);
        RopeDimensions = Architecture == "phi3" ? PartialRotary(width) : Latent ? _config.Int("qk_rope_head_dim", min: 2, max: 4096) : HeadDim;
        AddCommon(root, width);
        AddOwn();
        Rope.AddTo(_keys, Architecture, RopeDimensions);
    }

    /// <summary>The kind of model, as transformers names it.</summary>
    public string ModelType { get; }

    /// <summary>The architecture, as GGUF names it.</summary>
    public string Architecture { get; }

    /// <summary>Layers.</summary>
    public int Layers { get; }

    /// <summary>Query heads.</summary>
    public int Heads { get; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; }

    /// <summary>Width of a head.</summary>
    public int HeadDim { get; }

    /// <summary>Positions the model was trained for.</summary>
    public int Context { get; }

    /// <summary>Whether the output matrix is the embedding, so that GGUF has none.</summary>
    public bool Tied { get; }

    /// <summary>Experts of a layer, or 0.</summary>
    public int Experts { get; private set; }

    /// <summary>The rotary embedding.</summary>
    public RopeConfig Rope { get; }

    /// <summary>Numbers of a head that are rotated.</summary>
    public int RopeDimensions { get; }

    /// <summary>Whether keys and values are latent vectors: such models are planned, their weights are not read.</summary>
    public bool Latent => Architecture == "deepseek2";

    /// <summary>Whether norms are stored less 1 (transformers' Gemma multiplies with 1 + w).</summary>
    public bool ShiftedNorms => Architecture == "gemma3";

    /// <summary>Whether rows of Q and K stand in halves (i, i + n/2) and GGUF wants them in pairs (2i, 2i + 1).</summary>
    public bool InterleavedRotary => Architecture == "llama";

    /// <summary>The keys.</summary>
    public IReadOnlyDictionary<string, object> Keys => _keys;

    void Set(string key, object value) => _keys[$"{Architecture}.{key}"] = value;

    int PartialRotary(int width)
    {
        ConfigReader rope = _config.Object("rope_parameters") ?? _config;
        double part = rope.Positive("partial_rotary_factor", _config.Positive("partial_rotary_factor", 1));
        int dimensions = (int)(part * width) / Heads;
        return dimensions >= 2 && dimensions <= HeadDim && dimensions % 2 == 0
            ? dimensions
            : throw _config.Wrong("partial_rotary_factor", $"an even part of the {HeadDim} numbers of a head", $"{dimensions}");
    }

    void AddCommon(ConfigReader root, int width)
    {
        bool gemma = Architecture == "gemma3";
        _keys["general.architecture"] = Architecture;
        Set("vocab_size", _config.Int("vocab_size", gemma ? 262208 : null, max: 1 << 24));
        Set("block_count", Layers);
        Set("context_length", Context);
        Set("embedding_length", width);
        Set("feed_forward_length", _config.Int("intermediate_size", max: 1 << 24));
        Set("attention.head_count", Heads);
        Set("attention.head_count_kv", KvHeads);
        Set("attention.key_length", HeadDim);
        Set("attention.value_length", HeadDim);
        Set("attention.layer_norm_rms_epsilon", _config.Positive("rms_norm_eps", 1e-6f));
        string activation = _config.String("hidden_activation", _config.String("hidden_act", gemma ? "gelu_pytorch_tanh" : "silu"));
        if (activation != (gemma ? "gelu_pytorch_tanh" : "silu"))
        {
            throw _config.Wrong("hidden_act", gemma ? "gelu_pytorch_tanh" : "silu", activation);
        }

        foreach ((string from, string to) in ((string, string)[])[("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id"), ("pad_token_id", "padding_token_id")])
        {
            int[]? ids = _config.Ints(from) ?? root.Ints(from);
            if (ids is [>= 0, ..])
            {
                _keys[$"tokenizer.ggml.{to}"] = ids[0];
            }
        }
    }

    void AddOwn()
    {
        switch (ModelType)
        {
            case "mistral":
                AddWindowOfAllLayers();
                break;
            case "mixtral":
                AddExperts("num_local_experts");
                break;
            case "qwen2" or "qwen3":
                RequireNoWindow();
                break;
            case "qwen3_moe":
                RequireNoWindow();
                AddExperts("num_experts");
                Set("expert_feed_forward_length", _config.Int("moe_intermediate_size"));
                Require(_config.Bool("norm_topk_prob", false), "norm_topk_prob", "true", "false");
                Require(_config.Int("decoder_sparse_step", 1) == 1, "decoder_sparse_step", "1", "another");
                Require(_config.Ints("mlp_only_layers") is null or [], "mlp_only_layers", "no layers", "some");
                break;
            case "phi3":
                Set("attention.sliding_window", _config.Int("sliding_window", 0, 0));
                AddWindowOfAllLayers();
                break;
            case "gpt_oss":
                AddWindow();
                AddExperts("num_local_experts");
                Set("expert_feed_forward_length", _config.Int("intermediate_size"));
                RequireLayerTypes(2);
                break;
            case "gemma3" or "gemma3_text":
                AddGemma3();
                break;
            case "deepseek_v2" or "deepseek_v3" or "kimi_k2" or "glm4_moe_lite":
                AddDeepSeek();
                break;
        }
    }

    void AddGemma3()
    {
        int period = _config.Int("sliding_window_pattern", _config.Int("_sliding_window_pattern", 6));
        Set("attention.sliding_window_pattern", period);
        AddWindow();
        RequireLayerTypes(period);
        Require(!_config.Has("attn_logit_softcapping"), "attn_logit_softcapping", "none, as Gemma 3 has", "one");
        Require(!_config.Has("final_logit_softcapping"), "final_logit_softcapping", "none, as Gemma 3 has", "one");
        Set("attention.scale", 1 / MathF.Sqrt(_config.Positive("query_pre_attn_scalar", 256)));
    }

    void AddDeepSeek()
    {
        int latent = _config.Int("kv_lora_rank", max: 1 << 16);
        Set("attention.head_count_kv", 1);
        Set("attention.key_length", latent + RopeDimensions);
        Set("attention.value_length", latent);
        Set("attention.q_lora_rank", _config.Int("q_lora_rank", 0, 0, 1 << 20));
        Set("attention.kv_lora_rank", latent);
        Set("attention.key_length_mla", _config.Int("qk_nope_head_dim", max: 4096) + RopeDimensions);
        Set("attention.value_length_mla", _config.Int("v_head_dim", max: 4096));
        Set("leading_dense_block_count", _config.Int("first_k_dense_replace", 0, 0, Layers));
        AddExperts("n_routed_experts");
        Set("expert_shared_count", _config.Int("n_shared_experts", 0, 0, 1024));
        Set("expert_feed_forward_length", _config.Int("moe_intermediate_size", max: 1 << 24));
        Set("expert_weights_scale", _config.Positive("routed_scaling_factor", 1));
    }

    void AddWindow() => Set("attention.sliding_window", _config.Int("sliding_window"));

    // llama.cpp runs these models without their window, and GGUF files of them have no key that says otherwise; transformers applies it.
    void AddWindowOfAllLayers()
    {
        if (_config.Has("sliding_window") && _config.Int("sliding_window") is int window && window < Context)
        {
            _keys["millrace.attention.window"] = window;
        }
    }

    void AddExperts(string key)
    {
        Experts = _config.Int(key, max: 65536);
        Set("expert_count", Experts);
        Set("expert_used_count", _config.Int("num_experts_per_tok", max: Experts));
    }

    void RequireNoWindow() => Require(!_config.Bool("use_sliding_window", false), "use_sliding_window", "false", "true");

    // Every so many layers one with full attention, the others with a window.
    void RequireLayerTypes(int period)
    {
        string[] types = _config.Strings("layer_types") ?? [];
        for (int layer = 0; layer < types.Length; layer++)
        {
            string expected = (layer + 1) % period == 0 ? "full_attention" : "sliding_attention";
            Require(types[layer] == expected, "layer_types", $"{expected} in layer {layer}", types[layer]);
        }
    }

    void Require(bool holds, string key, string expected, string found)
    {
        if (!holds)
        {
            throw _config.Wrong(key, expected, found);
        }
    }
}
