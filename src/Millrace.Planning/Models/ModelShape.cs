namespace Millrace.Planning.Models;

/// <summary>Latent attention: keys and values of all heads are made of one short vector for each token, which is what the cache holds.</summary>
/// <param name="QueryRank">Width that queries are made of; 0 where they come straight from the residual stream.</param>
/// <param name="KvRank">Width that keys and values are made of.</param>
/// <param name="RopeDim">Numbers of a key that carry the position, shared by all heads and cached too.</param>
/// <param name="NopeDim">The other numbers of a head's key.</param>
/// <param name="ValueDim">Numbers of a head's value.</param>
public sealed record LatentShape(int QueryRank, int KvRank, int RopeDim, int NopeDim, int ValueDim);

/// <summary>The extents of a model: all that decides what it costs to run.</summary>
public sealed record ModelShape
{
    /// <summary>The architecture, as <c>general.architecture</c> spells it.</summary>
    public string Architecture { get; init; } = "llama";

    /// <summary>Transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>Width inside the feed-forward block, or inside an expert.</summary>
    public required int Ffn { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of a head.</summary>
    public required int HeadDim { get; init; }

    /// <summary>Tokens in the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of context that the model is made for.</summary>
    public required int Context { get; init; }

    /// <summary>Whether the embedding table is also the head.</summary>
    public bool Tied { get; init; }

    /// <summary>Experts in a layer; 0 for a dense model.</summary>
    public int Experts { get; init; }

    /// <summary>Experts that a token uses.</summary>
    public int ExpertsUsed { get; init; }

    /// <summary>Experts that every token uses besides, as one block of their width together.</summary>
    public int SharedExperts { get; init; }

    /// <summary>Layers at the beginning that have a dense block in place of experts.</summary>
    public int DenseLayers { get; init; }

    /// <summary>The width of that block.</summary>
    public int DenseFfn { get; init; }

    /// <summary>θ of the rotation.</summary>
    public float RopeBase { get; init; } = 10000;

    /// <summary>The sliding window; 0 for none.</summary>
    public int Window { get; init; }

    /// <summary>Every so many layers one without the window; 0 for what the architecture has.</summary>
    public int WindowPeriod { get; init; }

    /// <summary>Latent attention, or null for heads with keys of their own.</summary>
    public LatentShape? Latent { get; init; }

    /// <summary>The metadata of a file of this shape, tokenizer left out: names and values, integers as <c>uint</c>.</summary>
    public IEnumerable<KeyValuePair<string, object>> Keys()
    {
        yield return new("general.architecture", Architecture);
        yield return new("general.name", "random weights");
        foreach ((string key, object value) in OwnKeys())
        {
            yield return new($"{Architecture}.{key}", value is int number ? (uint)number : value);
        }
    }

    IEnumerable<(string Key, object Value)> OwnKeys()
    {
        const float Epsilon = 1e-5f;
        yield return ("block_count", Layers);
        yield return ("context_length", Context);
        yield return ("embedding_length", Width);
        yield return ("feed_forward_length", DenseLayers > 0 ? DenseFfn : Ffn);
        yield return ("attention.head_count", Heads);
        yield return ("attention.head_count_kv", KvHeads);
        yield return ("attention.key_length", Latent is null ? HeadDim : Latent.KvRank + Latent.RopeDim);
        yield return ("attention.value_length", Latent is null ? HeadDim : Latent.KvRank);
        yield return ("attention.layer_norm_rms_epsilon", Epsilon);
        yield return ("rope.dimension_count", Latent?.RopeDim ?? HeadDim);
        yield return ("rope.freq_base", RopeBase);
        yield return ("vocab_size", Vocabulary);
        if (Experts > 0)
        {
            yield return ("expert_count", Experts);
            yield return ("expert_used_count", ExpertsUsed);
            yield return ("expert_feed_forward_length", Ffn);
        }

        if (Window > 0)
        {
            yield return ("attention.sliding_window", Window);
        }

        if (WindowPeriod > 0)
        {
            yield return ("attention.sliding_window_pattern", WindowPeriod);
        }

        if (Latent is not null)
        {
            yield return ("attention.q_lora_rank", Latent.QueryRank);
            yield return ("attention.kv_lora_rank", Latent.KvRank);
            yield return ("attention.key_length_mla", Latent.NopeDim + Latent.RopeDim);
            yield return ("attention.value_length_mla", Latent.ValueDim);
            yield return ("leading_dense_block_count", DenseLayers);
            yield return ("expert_shared_count", SharedExperts);
        }
    }
}
