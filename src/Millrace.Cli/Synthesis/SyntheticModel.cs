using System.Globalization;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Formats.Gguf;

namespace Millrace.Cli.Synthesis;

/// <summary>A model of a shape with random weights: it says nothing, and costs what a real one costs. Matrices are scaled so that activations keep their size from layer to layer.</summary>
sealed class SyntheticModel
{
    const float Epsilon = 1e-5f;
    const int ChunkBytes = 1 << 20;

    // A trained head spreads its logits by about this.
    const float LogitSpread = 3;

    readonly ModelShape _shape;
    readonly WeightType _type;
    readonly ulong _seed;
    readonly GgufWriter _writer = new();
    readonly HashSet<string> _fallbacks = [];
    ulong _tensors;
    long _done;
    IProgress<long>? _progress;

    SyntheticModel(ModelShape shape, WeightType type, ulong seed) => (_shape, _type, _seed) = (shape, type, seed);

    /// <summary>Bytes of weights.</summary>
    public long Bytes { get; private set; }

    /// <summary>Which rows could not be in the asked type, and what they are in instead.</summary>
    public IReadOnlyCollection<string> Fallbacks => _fallbacks;

    /// <summary>Lays out a model.</summary>
    /// <param name="shape">What it is like.</param>
    /// <param name="type">The type of every matrix; a tied embedding or head is in Q6_K where this has 4 or 5 bits. Norms, biases and routers are F32.</param>
    /// <param name="seed">Equal seeds give equal files.</param>
    public static SyntheticModel Create(ModelShape shape, WeightType type, ulong seed)
    {
        SyntheticModel model = new(shape, type, seed);
        model.AddKeys();
        SyntheticVocabulary.OfSize(shape.Vocabulary).AddTo(model._writer);
        model.AddTensors();
        return model;
    }

    /// <summary>Writes the file, once.</summary>
    /// <param name="path">Where.</param>
    /// <param name="progress">Told of the bytes written so far.</param>
    public void Write(string path, IProgress<long> progress)
    {
        _progress = progress;
        _writer.Write(path);
    }

    void AddKeys()
    {
        _writer.Add("general.architecture", _shape.Architecture);
        _writer.Add("general.name", "random weights");
        Key("block_count", _shape.Layers);
        Key("context_length", _shape.Context);
        Key("embedding_length", _shape.Width);
        Key("feed_forward_length", _shape.Ffn);
        Key("attention.head_count", _shape.Heads);
        Key("attention.head_count_kv", _shape.KvHeads);
        Key("attention.key_length", _shape.HeadDim);
        Key("attention.value_length", _shape.HeadDim);
        Key("attention.layer_norm_rms_epsilon", Epsilon);
        Key("rope.dimension_count", _shape.HeadDim);
        Key("rope.freq_base", _shape.RopeBase);
        Key("vocab_size", _shape.Vocabulary);
        if (_shape.Experts > 0)
        {
            Key("expert_count", _shape.Experts);
            Key("expert_used_count", _shape.ExpertsUsed);
            Key("expert_feed_forward_length", _shape.Ffn);
        }

        if (_shape.Window > 0)
        {
            Key("attention.sliding_window", _shape.Window);
        }
    }

    void AddTensors()
    {
        Matrix("token_embd", _shape.Width, _shape.Vocabulary, gain: _shape.Tied ? LogitSpread : MathF.Sqrt(_shape.Width), isHead: _shape.Tied);
        Norm("output_norm", _shape.Width);
        if (!_shape.Tied)
        {
            Matrix("output", _shape.Width, _shape.Vocabulary, gain: LogitSpread, isHead: true);
        }

        for (int layer = 0; layer < _shape.Layers; layer++)
        {
            string block = string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.");
            AddAttention(block);
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

        Matrix(block + "attn_output", queries, width, gain: Residual);
        if (_shape.Architecture is "qwen2" or "gpt-oss")
        {
            Bias(block + "attn_q", queries);
            Bias(block + "attn_k", keys);
            Bias(block + "attn_v", keys);
        }

        if (_shape.Architecture is "qwen3" or "qwen3moe" or "gemma3")
        {
            Norm(block + "attn_q_norm", _shape.HeadDim);
            Norm(block + "attn_k_norm", _shape.HeadDim);
        }

        if (_shape.Architecture == "gpt-oss")
        {
            Bias(block + "attn_output", width);
            Vector(block + "attn_sinks.weight", [_shape.Heads], 0);
        }
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

        if (experts > 0)
        {
            Matrix(block + "ffn_gate_inp", width, experts, type: WeightType.F32);
            Matrix(block + "ffn_gate_exps", width, ffn, experts);
            Matrix(block + "ffn_up_exps", width, ffn, experts);
            Matrix(block + "ffn_down_exps", ffn, width, experts, Residual);
        }
        else if (_shape.Architecture == "phi3")
        {
            Matrix(block + "ffn_up", width, 2 * ffn);
            Matrix(block + "ffn_down", ffn, width, gain: Residual);
        }
        else
        {
            Matrix(block + "ffn_gate", width, ffn);
            Matrix(block + "ffn_up", width, ffn);
            Matrix(block + "ffn_down", ffn, width, gain: Residual);
        }

        if (_shape.Architecture == "gpt-oss")
        {
            Vector(block + "ffn_gate_inp.bias", [experts], 0);
            Vector(block + "ffn_gate_exps.bias", [ffn, experts], 0);
            Vector(block + "ffn_up_exps.bias", [ffn, experts], 0);
            Vector(block + "ffn_down_exps.bias", [width, experts], 0);
        }
    }

    // All blocks together weigh more than the embedding, as in a trained model; random gates and averaged values let about a third through.
    float Residual => 3 / MathF.Sqrt(2 * _shape.Layers);

    void Key(string key, object value) => _writer.Add($"{_shape.Architecture}.{key}", value is int number ? (uint)number : value);

    void Norm(string name, int length) => Vector(name + ".weight", [length], 1);

    void Bias(string name, int length) => Vector(name + ".bias", [length], 0);

    void Vector(string name, long[] shape, float value) => Tensor(name, WeightType.F32, shape, (blocks, _) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(blocks).Fill(value));

    void Matrix(string name, int columns, int rows, int experts = 0, float gain = 1, bool isHead = false, WeightType? type = null)
    {
        float deviation = gain / MathF.Sqrt(columns);
        WeightType held = type ?? TypeFor(columns, isHead);
        Tensor(name + ".weight", held, experts > 0 ? [columns, rows, experts] : [columns, rows], (blocks, seed) => RandomBlocks.Fill(held, blocks, seed, deviation));
    }

    // Rows that are no whole blocks of the type get the one that llama.cpp's quantizer would take.
    WeightType TypeFor(int columns, bool isHead)
    {
        WeightType wanted = isHead && IsFourOrFiveBits(_type) ? WeightType.Q6_K : _type;
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
        other = columns % other.BlockLength == 0 ? other : WeightType.F16;
        _fallbacks.Add($"rows of {columns} are not whole {wanted.GgufName} blocks of {wanted.BlockLength}: {other.GgufName} instead");
        return other;
    }

    static bool IsFourOrFiveBits(WeightType type) => type.BlockLength > 1 && type.BlockBytes * 8.0 / type.BlockLength is >= 4 and < 6.25;

    delegate void Filler(Span<byte> blocks, ulong seed);

    void Tensor(string name, WeightType type, long[] shape, Filler fill)
    {
        ulong stream = unchecked((_seed * 0x9E3779B97F4A7C15) + (++_tensors << 32));
        long total = shape.Skip(1).Aggregate(type.RowBytes(shape[0]), static (product, extent) => checked(product * extent));
        Bytes += total;
        _writer.Add(name, type, shape, destination =>
        {
            byte[] chunk = new byte[Math.Min(total, ChunkBytes / type.BlockBytes * type.BlockBytes)];
            for (long left = total; left > 0; left -= chunk.Length)
            {
                Span<byte> blocks = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
                fill(blocks, ++stream);
                destination.Write(blocks);
                _progress?.Report(_done += blocks.Length);
            }
        });
    }
}
