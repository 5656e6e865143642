using Millrace.Formats;

namespace Millrace.Tests.Conformance.Models;

/// <summary>Small random models, one for each architecture and each variant of it that computes something of its own.</summary>
static class TinyModels
{
    const int Width = 256;
    const int Inner = 512;
    const int Heads = 8;
    const int KvHeads = 2;

    static readonly Dictionary<string, Func<WeightType, TinyModelBuilder>> Builders = new()
    {
        ["llama"] = type => Llama(type),
        ["llama-odd"] = LlamaOdd,
        ["llama-tied-biased"] = type => Llama(type, tied: true, biased: true),
        ["llama-wide-heads"] = type => Llama(type, headDim: 48),
        ["llama-linear"] = type => Scaled(Llama(type), "linear", factor: 4),
        ["llama-yarn"] = type => Scaled(Llama(type), "yarn", factor: 4),
        ["llama3-rope"] = Llama3,
        ["llama-scales"] = type => WithScales(Llama(type)),
        ["mixtral"] = Mixtral,
        ["mixtral-scales"] = type => WithScales(Mixtral(type)),
        ["qwen2"] = Qwen2,
        ["qwen3"] = type => Qwen3(type),
        ["qwen3moe"] = type => Qwen3(type, experts: 8, used: 3),
        ["gemma3"] = type => Gemma3(type),
        ["gemma3-scaled"] = type => Scaled(Gemma3(type), "linear", factor: 8),
        ["phi3"] = type => Phi3(type, partial: false, original: null),
        ["phi3-short"] = type => Phi3(type, partial: true, original: 4096),
        ["phi3-long"] = type => Phi3(type, partial: true, original: 64),
        ["gpt-oss"] = GptOss,
    };

    /// <summary>The names of all variants.</summary>
    public static IReadOnlyCollection<string> Names => Builders.Keys;

    /// <summary>A variant whose matrices are of one type.</summary>
    public static TinyModelBuilder Build(string name, WeightType type) => Builders[name](type);

    // Rows that are whole blocks of 32 and of nothing larger.
    static TinyModelBuilder LlamaOdd(WeightType type)
    {
        const int OddWidth = 288, OddInner = 416, OddHeads = 9, OddKvHeads = 3, HeadDim = OddWidth / OddHeads;
        TinyModelBuilder model = new("llama", type);
        Sizes(model, 2, OddWidth, OddInner, OddHeads, OddKvHeads, HeadDim, tied: true);
        for (int layer = 0; layer < 2; layer++)
        {
            string blk = $"blk.{layer}.";
            model.Norm(blk + "attn_norm", OddWidth);
            model.Matrix(blk + "attn_q", OddWidth, OddWidth);
            model.Matrix(blk + "attn_k", OddWidth, OddKvHeads * HeadDim);
            model.Matrix(blk + "attn_v", OddWidth, OddKvHeads * HeadDim);
            model.Matrix(blk + "attn_output", OddWidth, OddWidth);
            model.Norm(blk + "ffn_norm", OddWidth);
            model.Matrix(blk + "ffn_gate", OddWidth, OddInner);
            model.Matrix(blk + "ffn_up", OddWidth, OddInner);
            model.Matrix(blk + "ffn_down", OddInner, OddWidth);
        }

        return model;
    }

    static TinyModelBuilder Llama(WeightType type, bool tied = false, bool biased = false, int headDim = Width / Heads)
    {
        TinyModelBuilder model = Base("llama", type, layers: 3, headDim, tied);
        for (int layer = 0; layer < 3; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, headDim, biased);
            if (biased)
            {
                model.Vector(blk + "attn_output.bias", Width, 0, 0.1);
            }

            model.Norm(blk + "ffn_norm", Width);
            FeedForward(model, blk);
        }

        return model;
    }

    static TinyModelBuilder Scaled(TinyModelBuilder model, string kind, float factor)
    {
        model.Set("rope.scaling.type", kind);
        model.Set("rope.scaling.factor", factor);
        model.Set("rope.scaling.original_context_length", 64);
        return model;
    }

    // One number for each matrix of a layer, or for each expert's, as NVFP4 files have.
    static TinyModelBuilder WithScales(TinyModelBuilder model)
    {
        foreach (TinyTensor tensor in model.Tensors.Where(tensor => tensor.Name.StartsWith("blk.", StringComparison.Ordinal) && tensor.Shape.Length > 1).ToList())
        {
            string name = tensor.Name[..^".weight".Length];
            if (!name.EndsWith("gate_inp", StringComparison.Ordinal))
            {
                model.Vector(name + ".scale", tensor.Shape.Length == 3 ? (int)tensor.Shape[2] : 1, 1, 0.3);
            }
        }

        return model;
    }

    static TinyModelBuilder Llama3(WeightType type)
    {
        TinyModelBuilder model = Llama(type);
        model.Vector("rope_freqs.weight", Enumerable.Range(0, Width / Heads / 2).Select(i => i < 4 ? 1 : i < 8 ? 1 + (i - 4) * 1.75 : 8.0));
        return model;
    }

    static TinyModelBuilder Mixtral(WeightType type)
    {
        TinyModelBuilder model = Base("llama", type, layers: 2, Width / Heads, tied: false);
        model.Set("expert_count", 8);
        model.Set("expert_used_count", 2);
        for (int layer = 0; layer < 2; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, Width / Heads, biased: false);
            model.Norm(blk + "ffn_norm", Width);
            Experts(model, blk, 8, Inner, biased: false);
        }

        return model;
    }

    static TinyModelBuilder Qwen2(WeightType type)
    {
        TinyModelBuilder model = Base("qwen2", type, layers: 3, Width / Heads, tied: true);
        for (int layer = 0; layer < 3; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, Width / Heads, biased: true);
            model.Norm(blk + "ffn_norm", Width);
            FeedForward(model, blk);
        }

        return model;
    }

    static TinyModelBuilder Qwen3(WeightType type, int experts = 0, int used = 0)
    {
        const int HeadDim = 64;
        TinyModelBuilder model = Base(experts > 0 ? "qwen3moe" : "qwen3", type, layers: 2, HeadDim, tied: experts == 0);
        if (experts > 0)
        {
            model.Set("expert_count", experts);
            model.Set("expert_used_count", used);
            model.Set("expert_feed_forward_length", Width);
        }

        for (int layer = 0; layer < 2; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, HeadDim, biased: false);
            HeadNorms(model, blk, HeadDim);
            model.Norm(blk + "ffn_norm", Width);
            if (experts > 0)
            {
                Experts(model, blk, experts, Width, biased: false);
            }
            else
            {
                FeedForward(model, blk);
            }
        }

        return model;
    }

    static TinyModelBuilder Gemma3(WeightType type)
    {
        const int HeadDim = 64;
        TinyModelBuilder model = Base("gemma3", type, layers: 7, HeadDim, tied: true);
        model.Set("rope.freq_base", 1e6f);
        model.Set("attention.sliding_window", 32);
        for (int layer = 0; layer < 7; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, HeadDim, biased: false);
            HeadNorms(model, blk, HeadDim);
            model.Norm(blk + "post_attention_norm", Width);
            model.Norm(blk + "ffn_norm", Width);
            FeedForward(model, blk);
            model.Norm(blk + "post_ffw_norm", Width);
        }

        return model;
    }

    static TinyModelBuilder Phi3(WeightType type, bool partial, int? original)
    {
        const int HeadDim = Width / Heads;
        int dimensions = partial ? 24 : HeadDim;
        TinyModelBuilder model = Base("phi3", type, layers: 2, HeadDim, tied: true);
        model.Set("rope.dimension_count", dimensions);
        model.Set("attention.sliding_window", 32);
        if (original is { } length)
        {
            model.Set("rope.scaling.original_context_length", length);
            model.Set("rope.scaling.attn_factor", 1.19f);
            model.Vector("rope_factors_long.weight", Enumerable.Range(0, dimensions / 2).Select(i => 1 + 0.8 * i));
            model.Vector("rope_factors_short.weight", Enumerable.Range(0, dimensions / 2).Select(i => 1 + 0.05 * i));
        }

        for (int layer = 0; layer < 2; layer++)
        {
            string blk = $"blk.{layer}.";
            model.Norm(blk + "attn_norm", Width);
            model.Matrix(blk + "attn_qkv", Width, (Heads + 2 * KvHeads) * HeadDim);
            model.Matrix(blk + "attn_output", Width, Width);
            model.Norm(blk + "ffn_norm", Width);
            model.Matrix(blk + "ffn_up", Width, 2 * Inner);
            model.Matrix(blk + "ffn_down", Inner, Width);
        }

        return model;
    }

    static TinyModelBuilder GptOss(WeightType type)
    {
        const int HeadDim = 64;
        TinyModelBuilder model = Scaled(Base("gpt-oss", type, layers: 4, HeadDim, tied: false), "yarn", factor: 32);
        model.Set("rope.freq_base", 150000f);
        model.Set("attention.sliding_window", 32);
        model.Set("expert_count", 8);
        model.Set("expert_used_count", 4);
        model.Set("expert_feed_forward_length", Width);
        for (int layer = 0; layer < 4; layer++)
        {
            string blk = $"blk.{layer}.";
            Attention(model, blk, HeadDim, biased: true);
            model.Vector(blk + "attn_output.bias", Width, 0, 0.1);
            model.Vector(blk + "attn_sinks.weight", Heads, 1, 1);
            model.Norm(blk + "post_attention_norm", Width);
            Experts(model, blk, 8, Width, biased: true);
        }

        return model;
    }

    static TinyModelBuilder Base(string architecture, WeightType type, int layers, int headDim, bool tied)
    {
        TinyModelBuilder model = new(architecture, type);
        Sizes(model, layers, Width, Inner, Heads, KvHeads, headDim, tied);
        return model;
    }

    static void Sizes(TinyModelBuilder model, int layers, int width, int inner, int heads, int kvHeads, int headDim, bool tied)
    {
        model.Set("block_count", layers);
        model.Set("context_length", 512);
        model.Set("embedding_length", width);
        model.Set("feed_forward_length", inner);
        model.Set("attention.head_count", heads);
        model.Set("attention.head_count_kv", kvHeads);
        model.Set("attention.key_length", headDim);
        model.Set("attention.value_length", headDim);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        model.Set("rope.dimension_count", headDim);
        TinyVocabulary.AddTo(model.Metadata);
        // A head that spreads the logits as a trained one does: a deviation of 3.
        model.Matrix("token_embd", width, TinyVocabulary.Size, gain: tied ? 3 : 16);
        model.Norm("output_norm", width);
        if (!tied)
        {
            model.Matrix("output", width, TinyVocabulary.Size, gain: 3);
        }
    }

    static void Attention(TinyModelBuilder model, string blk, int headDim, bool biased)
    {
        model.Norm(blk + "attn_norm", Width);
        model.Matrix(blk + "attn_q", Width, Heads * headDim);
        model.Matrix(blk + "attn_k", Width, KvHeads * headDim);
        model.Matrix(blk + "attn_v", Width, KvHeads * headDim);
        model.Matrix(blk + "attn_output", Heads * headDim, Width);
        if (biased)
        {
            model.Vector(blk + "attn_q.bias", Heads * headDim, 0, 0.5);
            model.Vector(blk + "attn_k.bias", KvHeads * headDim, 0, 0.5);
            model.Vector(blk + "attn_v.bias", KvHeads * headDim, 0, 0.1);
        }
    }

    static void HeadNorms(TinyModelBuilder model, string blk, int headDim)
    {
        model.Norm(blk + "attn_q_norm", headDim);
        model.Norm(blk + "attn_k_norm", headDim);
    }

    static void FeedForward(TinyModelBuilder model, string blk)
    {
        model.Matrix(blk + "ffn_gate", Width, Inner);
        model.Matrix(blk + "ffn_up", Width, Inner);
        model.Matrix(blk + "ffn_down", Inner, Width);
    }

    static void Experts(TinyModelBuilder model, string blk, int experts, int inner, bool biased)
    {
        model.Matrix(blk + "ffn_gate_inp", Width, experts, gain: 2, type: WeightType.F32);
        model.Matrix(blk + "ffn_gate_exps", Width, inner, experts);
        model.Matrix(blk + "ffn_up_exps", Width, inner, experts);
        model.Matrix(blk + "ffn_down_exps", inner, Width, experts);
        if (biased)
        {
            model.Vector(blk + "ffn_gate_inp.bias", experts, 0, 0.5);
            model.Vector(blk + "ffn_gate_exps.bias", inner, 0, 0.2, experts);
            model.Vector(blk + "ffn_up_exps.bias", inner, 0, 0.2, experts);
            model.Vector(blk + "ffn_down_exps.bias", Width, 0, 0.2, experts);
        }
    }
}
