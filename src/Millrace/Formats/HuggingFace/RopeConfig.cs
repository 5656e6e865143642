namespace Millrace.Formats.HuggingFace;

/// <summary>The rotary embedding of config.json, as GGUF says it: keys, and tensors of frequency factors.</summary>
sealed class RopeConfig
{
    readonly ConfigReader _config;
    readonly ConfigReader _rope;
    readonly string _type;
    readonly float _base;
    readonly int _headDim;
    readonly int _context;

    /// <summary>Reads what both forms hold: <c>rope_theta</c> with <c>rope_scaling</c> beside it, and <c>rope_parameters</c>, which may have an object for each kind of layer.</summary>
    public RopeConfig(ConfigReader config, int headDim, int context, float defaultBase)
    {
        _config = config;
        _headDim = headDim;
        _context = context;
        ConfigReader rope = config.Object("rope_parameters") ?? config.Object("rope_scaling") ?? config;
        Sliding = rope.Object("sliding_attention")?.Positive("rope_theta") ?? (config.Has("rope_local_base_freq") ? config.Positive("rope_local_base_freq") : null);
        _rope = rope == config ? rope : rope.Object("full_attention") ?? rope;
        _type = rope == config ? "default" : _rope.String("rope_type", _rope.String("type", "default"));
        _base = _rope.Positive("rope_theta", config.Positive("rope_theta", defaultBase));
    }

    /// <summary>The base of the layers with a sliding window, where they have one of their own.</summary>
    public float? Sliding { get; }

    /// <summary>Adds the keys.</summary>
    public void AddTo(Dictionary<string, object> keys, string architecture, int dimensions)
    {
        string prefix = $"{architecture}.rope.";
        keys[prefix + "dimension_count"] = dimensions;
        keys[prefix + "freq_base"] = _base;
        if (Sliding is { } local)
        {
            keys[prefix + "freq_base_swa"] = local;
        }

        switch (_type)
        {
            case "default" or "llama3":
                break;
            case "linear":
                keys[prefix + "scaling.type"] = "linear";
                keys[prefix + "scaling.factor"] = _rope.Positive("factor");
                break;
            case "yarn":
                AddYarn(keys, prefix + "scaling.");
                break;
            case "longrope" or "su":
                keys[prefix + "scaling.type"] = "longrope";
                keys[prefix + "scaling.original_context_length"] = OriginalContext(_context);
                keys[prefix + "scaling.attn_factor"] = LongRopeMagnitude();
                break;
            default:
                throw _rope.Wrong("rope_type", "default, linear, yarn, llama3 or longrope", _type);
        }
    }

    /// <summary>The tensors that GGUF has for frequency factors: name and values.</summary>
    public IEnumerable<(string Name, float[] Values)> FactorTensors(int dimensions) => _type switch
    {
        "llama3" => [("rope_freqs.weight", Llama3Factors())],
        "longrope" or "su" =>
        [
            ("rope_factors_long.weight", _rope.Floats("long_factor", dimensions / 2)),
            ("rope_factors_short.weight", _rope.Floats("short_factor", dimensions / 2)),
        ],
        _ => [],
    };

    void AddYarn(Dictionary<string, object> keys, string prefix)
    {
        keys[prefix + "type"] = "yarn";
        keys[prefix + "factor"] = _rope.Positive("factor");
        keys[prefix + "original_context_length"] = OriginalContext(_context);
        foreach ((string from, string to) in ((string, string)[])[
            ("extrapolation_factor", "yarn_ext_factor"), ("attn_factor", "yarn_attn_factor"), ("attention_factor", "yarn_attn_factor"),
            ("beta_fast", "yarn_beta_fast"), ("beta_slow", "yarn_beta_slow")])
        {
            if (_rope.Has(from))
            {
                keys[prefix + to] = _rope.Positive(from);
            }
        }
    }

    int OriginalContext(int otherwise) => _rope.Int("original_max_position_embeddings", _config.Int("original_max_position_embeddings", otherwise));

    // Phi-3's rule for the magnitude of what attention sees.
    float LongRopeMagnitude()
    {
        if (_rope.Has("attention_factor"))
        {
            return _rope.Positive("attention_factor");
        }

        int original = OriginalContext(_context);
        double scale = (double)_context / original;
        return scale <= 1 || original < 2 ? 1 : (float)Math.Sqrt(1 + Math.Log(scale) / Math.Log(original));
    }

    // Llama 3.1: long waves are stretched by the factor, short ones kept, those between blended.
    float[] Llama3Factors()
    {
        float factor = _rope.Positive("factor", 8);
        float low = _rope.Positive("low_freq_factor", 1);
        float high = _rope.Positive("high_freq_factor", 4);
        int original = OriginalContext(8192);
        float[] factors = new float[_headDim / 2];
        for (int i = 0; i < factors.Length; i++)
        {
            float frequency = 1 / MathF.Pow(_base, 2f * i / _headDim);
            float wave = 2 * MathF.PI / frequency;
            float smooth = (original / wave - low) / (high - low);
            factors[i] = wave < original / high ? 1
                : wave > original / low ? factor
                : 1 / ((1 - smooth) / factor + smooth);
        }

        return factors;
    }
}
