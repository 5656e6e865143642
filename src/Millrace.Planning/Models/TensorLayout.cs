using System.Globalization;
using Millrace.Formats;

namespace Millrace.Planning.Models;

/// <summary>What a tensor is to its model; it decides in which type files keep it.</summary>
public enum TensorRole
{
    /// <summary>The table of embeddings.</summary>
    Embedding,

    /// <summary>The output matrix, or the table of embeddings where that is also the head.</summary>
    Head,

    /// <summary>A matrix of a layer.</summary>
    Matrix,

    /// <summary>A matrix whose result is added to the residual stream.</summary>
    Residual,

    /// <summary>A matrix of every expert.</summary>
    Expert,

    /// <summary>A matrix of every expert, whose result is added to the residual stream.</summary>
    ExpertResidual,

    /// <summary>The matrix that chooses experts.</summary>
    Router,

    /// <summary>The weight of a norm.</summary>
    Norm,

    /// <summary>A bias, or other numbers that are 0 where nothing was learned.</summary>
    Bias,
}

/// <summary>A tensor that a model of a shape has.</summary>
/// <param name="Name">Its name, as GGUF spells it.</param>
/// <param name="Role">What it is.</param>
/// <param name="Layer">The layer that it belongs to, or −1.</param>
/// <param name="Extents">Innermost first.</param>
public sealed record ShapedTensor(string Name, TensorRole Role, int Layer, long[] Extents)
{
    /// <summary>Numbers in it.</summary>
    public long Count => Extents.Aggregate(1L, static (product, extent) => checked(product * extent));
}

/// <summary>The tensors that a file of a shape holds, in file order.</summary>
public sealed class TensorLayout
{
    readonly ModelShape _shape;
    readonly List<ShapedTensor> _tensors = [];
    int _layer = -1;

    TensorLayout(ModelShape shape) => _shape = shape;

    /// <summary>The tensors of a shape.</summary>
    public static IReadOnlyList<ShapedTensor> Of(ModelShape shape)
    {
        TensorLayout layout = new(shape);
        layout.AddAll();
        return layout._tensors;
    }

    /// <summary>The type in which rows can be kept that are no whole blocks of the wanted type: the one that llama.cpp's quantizer would take.</summary>
    public static WeightType Fit(WeightType wanted, long columns)
    {
        if (columns % wanted.BlockLength == 0)
        {
            return wanted;
        }

        WeightType other = wanted switch
        {
            WeightType.Q2_K or WeightType.Q3_K or WeightType.IQ4_XS => WeightType.IQ4_NL,
            WeightType.Q4_K => WeightType.Q5_0,
            WeightType.Q5_K => WeightType.Q5_1,
            WeightType.Q6_K => WeightType.Q8_0,
            _ => WeightType.F16,
        };
        return columns % other.BlockLength == 0 ? other : WeightType.F16;
    }

    void AddAll()
    {
        Add("token_embd.weight", _shape.Tied ? TensorRole.Head : TensorRole.Embedding, _shape.Width, _shape.Vocabulary);
        Norm("output_norm", _shape.Width);
        if (!_shape.Tied)
        {
            Add("output.weight", TensorRole.Head, _shape.Width, _shape.Vocabulary);
        }

        for (_layer = 0; _layer < _shape.Layers; _layer++)
        {
            string block = string.Create(CultureInfo.InvariantCulture, $"blk.{_layer}.");
            if (_shape.Latent is { } latent)
            {
                AddLatentAttention(block, latent);
            }
            else
            {
                AddAttention(block);
            }

            AddFeedForward(block);
        }
    }

    void AddAttention(string block)
    {
        (int width, int queries, int keys) = (_shape.Width, _shape.Heads * _shape.HeadDim, _shape.KvHeads * _shape.HeadDim);
        Norm(block + "attn_norm", width);
        if (_shape.Architecture == "phi3")
        {
            Matrix(block + "attn_qkv", width, queries + (2 * keys));
        }
        else
        {
            Matrix(block + "attn_q", width, queries);
            Matrix(block + "attn_k", width, keys);
            Matrix(block + "attn_v", width, keys);
        }

        Residual(block + "attn_output", queries, width);
        if (_shape.Architecture is "qwen2" or "gpt-oss")
        {
            Bias(block + "attn_q.bias", queries);
            Bias(block + "attn_k.bias", keys);
            Bias(block + "attn_v.bias", keys);
        }

        if (_shape.Architecture is "qwen3" or "qwen3moe" or "gemma3")
        {
            Norm(block + "attn_q_norm", _shape.HeadDim);
            Norm(block + "attn_k_norm", _shape.HeadDim);
        }

        if (_shape.Architecture == "gpt-oss")
        {
            Bias(block + "attn_output.bias", width);
            Bias(block + "attn_sinks.weight", _shape.Heads);
        }
    }

    void AddLatentAttention(string block, LatentShape latent)
    {
        int queries = _shape.Heads * (latent.NopeDim + latent.RopeDim);
        Norm(block + "attn_norm", _shape.Width);
        if (latent.QueryRank > 0)
        {
            Matrix(block + "attn_q_a", _shape.Width, latent.QueryRank);
            Norm(block + "attn_q_a_norm", latent.QueryRank);
            Matrix(block + "attn_q_b", latent.QueryRank, queries);
        }
        else
        {
            Matrix(block + "attn_q", _shape.Width, queries);
        }

        Matrix(block + "attn_kv_a_mqa", _shape.Width, latent.KvRank + latent.RopeDim);
        Norm(block + "attn_kv_a_norm", latent.KvRank);
        Add(block + "attn_k_b.weight", TensorRole.Matrix, latent.NopeDim, latent.KvRank, _shape.Heads);
        Add(block + "attn_v_b.weight", TensorRole.Matrix, latent.KvRank, latent.ValueDim, _shape.Heads);
        Residual(block + "attn_output", _shape.Heads * latent.ValueDim, _shape.Width);
    }

    void AddFeedForward(string block)
    {
        (int width, int ffn, int experts) = (_shape.Width, _shape.Ffn, _shape.Experts);
        if (_shape.Architecture is "gemma3" or "gpt-oss")
        {
            Norm(block + "post_attention_norm", width);
        }

        if (_shape.Architecture != "gpt-oss")
        {
            Norm(block + "ffn_norm", width);
        }

        if (_shape.Architecture == "gemma3")
        {
            Norm(block + "post_ffw_norm", width);
        }

        if (experts > 0 && _layer >= _shape.DenseLayers)
        {
            AddExperts(block);
        }
        else if (_shape.Architecture == "phi3")
        {
            Matrix(block + "ffn_up", width, 2 * ffn);
            Residual(block + "ffn_down", ffn, width);
        }
        else
        {
            int dense = experts > 0 ? _shape.DenseFfn : ffn;
            Matrix(block + "ffn_gate", width, dense);
            Matrix(block + "ffn_up", width, dense);
            Residual(block + "ffn_down", dense, width);
        }
    }

    void AddExperts(string block)
    {
        (int width, int ffn, int experts) = (_shape.Width, _shape.Ffn, _shape.Experts);
        Add(block + "ffn_gate_inp.weight", TensorRole.Router, width, experts);
        Add(block + "ffn_gate_exps.weight", TensorRole.Expert, width, ffn, experts);
        Add(block + "ffn_up_exps.weight", TensorRole.Expert, width, ffn, experts);
        Add(block + "ffn_down_exps.weight", TensorRole.ExpertResidual, ffn, width, experts);
        if (_shape.Architecture == "gpt-oss")
        {
            Bias(block + "ffn_gate_inp.bias", experts);
            Bias(block + "ffn_gate_exps.bias", ffn, experts);
            Bias(block + "ffn_up_exps.bias", ffn, experts);
            Bias(block + "ffn_down_exps.bias", width, experts);
        }

        if (_shape.Architecture == "deepseek2")
        {
            Bias(block + "exp_probs_b.bias", experts);
        }

        if (_shape.SharedExperts > 0)
        {
            int shared = _shape.SharedExperts * ffn;
            Matrix(block + "ffn_gate_shexp", width, shared);
            Matrix(block + "ffn_up_shexp", width, shared);
            Residual(block + "ffn_down_shexp", shared, width);
        }
    }

    void Norm(string name, int length) => Add(name + ".weight", TensorRole.Norm, length);

    void Matrix(string name, int columns, int rows) => Add(name + ".weight", TensorRole.Matrix, columns, rows);

    void Residual(string name, int columns, int rows) => Add(name + ".weight", TensorRole.Residual, columns, rows);

    void Bias(string name, params long[] extents) => Add(name, TensorRole.Bias, extents);

    void Add(string name, TensorRole role, params long[] extents) => _tensors.Add(new(name, role, _layer, extents));
}
