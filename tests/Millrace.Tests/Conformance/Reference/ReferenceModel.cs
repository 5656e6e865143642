using Millrace.Formats;

namespace Millrace.Tests.Conformance.Reference;

/// <summary>A whole model in f64, architecture by architecture, from the blocks of <see cref="ReferenceMath"/>. It shares no code with the engine but the reading of files.</summary>
sealed class ReferenceModel
{
    readonly ModelFile _file;
    readonly string _architecture;
    readonly int _width;
    readonly int _layers;
    readonly int _heads;
    readonly int _kvHeads;
    readonly int _headDim;
    readonly int _experts;
    readonly int _expertsUsed;
    readonly int _window;
    readonly double _epsilon;
    readonly bool _halfCache;
    readonly ReferenceRope _rope;
    readonly ReferenceRope _localRope;
    readonly Dictionary<string, ReferenceMatrix> _matrices = [];

    /// <summary>Reads a model's sizes.</summary>
    /// <param name="file">The model; its matrices are F32, F16 or BF16.</param>
    /// <param name="context">The context of the run.</param>
    /// <param name="halfCache">Keys and values are rounded to f16, as in an f16 KV cache.</param>
    public ReferenceModel(ModelFile file, int context, bool halfCache)
    {
        _file = file;
        _halfCache = halfCache;
        _architecture = file.Metadata.String("general.architecture");
        _width = Int("embedding_length");
        _layers = Int("block_count");
        _heads = Int("attention.head_count");
        _kvHeads = Int("attention.head_count_kv", _heads);
        _headDim = Int("attention.key_length", _width / _heads);
        _experts = Int("expert_count", 0);
        _expertsUsed = Int("expert_used_count", 0);
        _window = _architecture is "gemma3" or "gpt-oss" ? Int("attention.sliding_window", 0) : 0;
        _epsilon = file.Metadata.Float(_architecture + ".attention.layer_norm_rms_epsilon");
        int dimensions = Int("rope.dimension_count", _headDim);
        bool neox = _architecture != "llama";
        _rope = ReferenceRope.Of(file, dimensions, neox, context);
        float? localBase = _architecture == "gemma3" || file.Metadata.Contains(_architecture + ".rope.freq_base_swa")
            ? file.Metadata.Float(_architecture + ".rope.freq_base_swa", 10000)
            : null;
        _localRope = localBase is null ? _rope : ReferenceRope.Of(file, dimensions, neox, context, localBase, scaled: _architecture != "gemma3");
    }

    /// <summary>GELU rounded to f16 before and after, as llama.cpp's table of it is.</summary>
    public bool HalfGelu { get; init; }

    /// <summary>The logits of every position of a prompt.</summary>
    public double[][] Logits(ReadOnlySpan<int> tokens)
    {
        ReferenceMatrix head = Matrix(Has("output.weight") ? "output.weight" : "token_embd.weight");
        double cap = _file.Metadata.Float(_architecture + ".final_logit_softcapping", 0);
        return [.. Hidden(tokens).Select(row =>
        {
            double[] logits = head.Multiply(row);
            return cap == 0 ? logits : [.. logits.Select(logit => cap * Math.Tanh(logit / cap))];
        })];
    }

    /// <summary>The hidden states of every position after the final norm.</summary>
    public double[][] Hidden(ReadOnlySpan<int> tokens)
    {
        double[][] x = new double[tokens.Length][];
        double scale = _architecture == "gemma3" ? Math.Sqrt(_width) : 1;
        for (int t = 0; t < x.Length; t++)
        {
            x[t] = [.. Matrix("token_embd.weight").Row(tokens[t]).Select(value => value * scale)];
        }

        for (int layer = 0; layer < _layers; layer++)
        {
            Layer($"blk.{layer}.", IsWindowed(layer) ? _window : 0, IsWindowed(layer) ? _localRope : _rope, x);
        }

        return [.. x.Select(row => Norm(row, "output_norm"))];
    }

    // All layers but the last of each period have the window.
    bool IsWindowed(int layer)
    {
        int period = Int("attention.sliding_window_pattern", _architecture == "gemma3" ? 6 : 2);
        return _window > 0 && layer % period < period - 1;
    }

    void Layer(string blk, int window, ReferenceRope rope, double[][] x)
    {
        double[][] mixed = Attention(blk, window, rope, x);
        bool gemma = _architecture == "gemma3";
        string ffnNorm = _architecture == "gpt-oss" ? "post_attention_norm" : "ffn_norm";
        for (int t = 0; t < x.Length; t++)
        {
            Add(x[t], gemma ? Norm(mixed[t], blk + "post_attention_norm") : mixed[t]);
            double[] input = Norm(x[t], blk + ffnNorm);
            double[] output = _experts > 0 ? Mixture(blk, input) : FeedForward(blk, input);
            Add(x[t], gemma ? Norm(output, blk + "post_ffw_norm") : output);
        }
    }

    double[][] Attention(string blk, int window, ReferenceRope rope, double[][] x)
    {
        List<double[]>[] keys = Lists();
        List<double[]>[] values = Lists();
        double[][] output = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            (double[] q, double[] k, double[] v) = Projections(blk, Norm(x[t], blk + "attn_norm"));
            rope.Apply(q, _headDim, t);
            rope.Apply(k, _headDim, t);
            for (int head = 0; head < _kvHeads; head++)
            {
                keys[head].Add(Stored(k.AsSpan(head * _headDim, _headDim)));
                values[head].Add(Stored(v.AsSpan(head * _headDim, _headDim)));
            }

            double[] mixed = new double[_heads * _headDim];
            for (int head = 0; head < _heads; head++)
            {
                int kv = head / (_heads / _kvHeads);
                double? sink = Has(blk + "attn_sinks.weight") ? Matrix(blk + "attn_sinks.weight").Row(0)[head] : null;
                ReferenceMath.Attend(q.AsSpan(head * _headDim, _headDim), keys[kv], values[kv], 1 / Math.Sqrt(_headDim), window, sink)
                    .CopyTo(mixed.AsSpan(head * _headDim));
            }

            output[t] = Product(blk + "attn_output", mixed);
        }

        return output;

        List<double[]>[] Lists() => [.. Enumerable.Range(0, _kvHeads).Select(_ => new List<double[]>())];
    }

    (double[] Q, double[] K, double[] V) Projections(string blk, double[] input)
    {
        int queries = _heads * _headDim;
        int kv = _kvHeads * _headDim;
        if (Has(blk + "attn_qkv.weight"))
        {
            double[] all = Product(blk + "attn_qkv", input);
            return (all[..queries], all[queries..(queries + kv)], all[(queries + kv)..]);
        }

        double[] q = Product(blk + "attn_q", input);
        double[] k = Product(blk + "attn_k", input);
        return Has(blk + "attn_q_norm.weight")
            ? (Norm(q, blk + "attn_q_norm"), Norm(k, blk + "attn_k_norm"), Product(blk + "attn_v", input))
            : (q, k, Product(blk + "attn_v", input));
    }

    double[] FeedForward(string blk, double[] input)
    {
        double[] up = Product(blk + "ffn_up", input);
        double[] gate = _architecture == "phi3" ? up[..(up.Length / 2)] : Product(blk + "ffn_gate", input);
        up = _architecture == "phi3" ? up[(up.Length / 2)..] : up;
        return Product(blk + "ffn_down", Gated(gate, up));
    }

    double[] Mixture(string blk, double[] input)
    {
        double[] output = new double[_width];
        bool oss = _architecture == "gpt-oss";
        foreach ((int expert, double weight) in ReferenceMath.Route(Product(blk + "ffn_gate_inp", input), _expertsUsed, chosenOnly: oss))
        {
            double[] gated = Gated(Product(blk + "ffn_gate_exps", input, expert), Product(blk + "ffn_up_exps", input, expert));
            double[] down = Product(blk + "ffn_down_exps", gated, expert);
            Add(output, [.. down.Select(value => weight * value)]);
        }

        return output;
    }

    double[] Gated(double[] gate, double[] up) => [.. gate.Zip(up, (g, u) => _architecture switch
    {
        "gemma3" when HalfGelu => (double)(Half)ReferenceMath.GeluTanh((double)(Half)g) * u,
        "gemma3" => ReferenceMath.GeluTanh(g) * u,
        "gpt-oss" => ReferenceMath.SwigluOai(g, u),
        _ => ReferenceMath.Silu(g) * u,
    })];

    double[] Product(string name, double[] input, int? expert = null)
    {
        ReferenceMatrix matrix = Matrix(name + ".weight");
        int rows = expert is null ? matrix.Rows : matrix.Rows / _experts;
        double[] output = matrix.Multiply(input, (expert ?? 0) * rows, rows);
        if (Has(name + ".scale"))
        {
            double scale = Matrix(name + ".scale").Row(0)[expert ?? 0];
            output = [.. output.Select(value => value * scale)];
        }

        if (Has(name + ".bias"))
        {
            Add(output, Matrix(name + ".bias").Row(expert ?? 0));
        }

        return output;
    }

    double[] Norm(double[] x, string name) => ReferenceMath.RmsNorm(x, Matrix(name + ".weight").Row(0), _epsilon);

    double[] Stored(ReadOnlySpan<double> row)
    {
        double[] copy = row.ToArray();
        for (int i = 0; i < copy.Length && _halfCache; i++)
        {
            copy[i] = (double)(Half)(float)copy[i];
        }

        return copy;
    }

    ReferenceMatrix Matrix(string name)
    {
        if (!_matrices.TryGetValue(name, out ReferenceMatrix? matrix))
        {
            _matrices[name] = matrix = new(_file.Tensor(name));
        }

        return matrix;
    }

    bool Has(string name) => _file.Tensors.ContainsKey(name);

    int Int(string key, int? otherwise = null) => _file.Metadata.Int($"{_architecture}.{key}", otherwise);

    static void Add(double[] x, double[] y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += y[i];
        }
    }
}
