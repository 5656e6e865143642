namespace Millrace.Cli.Synthesis;

/// <summary>The extents of a model: all that decides what it costs to run.</summary>
sealed record ModelShape
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

    /// <summary>θ of the rotation.</summary>
    public float RopeBase { get; init; } = 10000;

    /// <summary>The sliding window; 0 for none.</summary>
    public int Window { get; init; }

    /// <summary>The shapes that have names.</summary>
    public static IReadOnlyDictionary<string, ModelShape> Named { get; } = new SortedDictionary<string, ModelShape>(StringComparer.Ordinal)
    {
        ["gemma-3-1b"] = new() { Architecture = "gemma3", Layers = 26, Width = 1152, Ffn = 6912, Heads = 4, KvHeads = 1, HeadDim = 256, Vocabulary = 262144, Context = 32768, Tied = true, RopeBase = 1e6f, Window = 512 },
        ["gemma-3-4b"] = new() { Architecture = "gemma3", Layers = 34, Width = 2560, Ffn = 10240, Heads = 8, KvHeads = 4, HeadDim = 256, Vocabulary = 262144, Context = 131072, Tied = true, RopeBase = 1e6f, Window = 1024 },
        ["gpt-oss-20b"] = new() { Architecture = "gpt-oss", Layers = 24, Width = 2880, Ffn = 2880, Heads = 64, KvHeads = 8, HeadDim = 64, Vocabulary = 201088, Context = 131072, Experts = 32, ExpertsUsed = 4, RopeBase = 150000, Window = 128 },
        ["llama-2-7b"] = new() { Layers = 32, Width = 4096, Ffn = 11008, Heads = 32, KvHeads = 32, HeadDim = 128, Vocabulary = 32000, Context = 4096 },
        ["llama-3-8b"] = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 128256, Context = 8192, RopeBase = 500000 },
        ["llama-3.1-8b"] = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 128256, Context = 131072, RopeBase = 500000 },
        ["llama-3.2-1b"] = new() { Layers = 16, Width = 2048, Ffn = 8192, Heads = 32, KvHeads = 8, HeadDim = 64, Vocabulary = 128256, Context = 131072, Tied = true, RopeBase = 500000 },
        ["llama-3.2-3b"] = new() { Layers = 28, Width = 3072, Ffn = 8192, Heads = 24, KvHeads = 8, HeadDim = 128, Vocabulary = 128256, Context = 131072, Tied = true, RopeBase = 500000 },
        ["mistral-7b"] = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 32768, Context = 32768, RopeBase = 1e6f },
        ["mixtral-8x7b"] = new() { Layers = 32, Width = 4096, Ffn = 14336, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 32000, Context = 32768, Experts = 8, ExpertsUsed = 2, RopeBase = 1e6f },
        ["phi-3-mini"] = new() { Architecture = "phi3", Layers = 32, Width = 3072, Ffn = 8192, Heads = 32, KvHeads = 32, HeadDim = 96, Vocabulary = 32064, Context = 4096 },
        ["qwen2.5-0.5b"] = new() { Architecture = "qwen2", Layers = 24, Width = 896, Ffn = 4864, Heads = 14, KvHeads = 2, HeadDim = 64, Vocabulary = 151936, Context = 32768, Tied = true, RopeBase = 1e6f },
        ["qwen2.5-1.5b"] = new() { Architecture = "qwen2", Layers = 28, Width = 1536, Ffn = 8960, Heads = 12, KvHeads = 2, HeadDim = 128, Vocabulary = 151936, Context = 32768, Tied = true, RopeBase = 1e6f },
        ["qwen2.5-7b"] = new() { Architecture = "qwen2", Layers = 28, Width = 3584, Ffn = 18944, Heads = 28, KvHeads = 4, HeadDim = 128, Vocabulary = 152064, Context = 32768, RopeBase = 1e6f },
        ["qwen3-0.6b"] = new() { Architecture = "qwen3", Layers = 28, Width = 1024, Ffn = 3072, Heads = 16, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, Context = 40960, Tied = true, RopeBase = 1e6f },
        ["qwen3-1.7b"] = new() { Architecture = "qwen3", Layers = 28, Width = 2048, Ffn = 6144, Heads = 16, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, Context = 40960, Tied = true, RopeBase = 1e6f },
        ["qwen3-4b"] = new() { Architecture = "qwen3", Layers = 36, Width = 2560, Ffn = 9728, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, Context = 40960, Tied = true, RopeBase = 1e6f },
        ["qwen3-8b"] = new() { Architecture = "qwen3", Layers = 36, Width = 4096, Ffn = 12288, Heads = 32, KvHeads = 8, HeadDim = 128, Vocabulary = 151936, Context = 40960, RopeBase = 1e6f },
        ["qwen3-30b-a3b"] = new() { Architecture = "qwen3moe", Layers = 48, Width = 2048, Ffn = 768, Heads = 32, KvHeads = 4, HeadDim = 128, Vocabulary = 151936, Context = 40960, Experts = 128, ExpertsUsed = 8, RopeBase = 1e6f },
        ["smollm2-135m"] = new() { Layers = 30, Width = 576, Ffn = 1536, Heads = 9, KvHeads = 3, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 100000 },
        ["smollm2-360m"] = new() { Layers = 32, Width = 960, Ffn = 2560, Heads = 15, KvHeads = 5, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 100000 },
        ["smollm2-1.7b"] = new() { Layers = 24, Width = 2048, Ffn = 8192, Heads = 32, KvHeads = 32, HeadDim = 64, Vocabulary = 49152, Context = 8192, Tied = true, RopeBase = 130000 },
        ["tinyllama-1.1b"] = new() { Layers = 22, Width = 2048, Ffn = 5632, Heads = 32, KvHeads = 4, HeadDim = 64, Vocabulary = 32000, Context = 2048 },
    };
}
