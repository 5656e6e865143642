using Millrace.Formats;

namespace Millrace.Architectures;

/// <summary>The hyperparameters that most architectures share, read and checked from GGUF's keys.</summary>
/// <remarks>Source: the GGUF specification and llama.cpp's <c>llama-model.cpp</c>, whose defaults are kept.</remarks>
public sealed class ModelConfig
{
    readonly ModelFile _file;

    /// <summary>Reads them.</summary>
    /// <param name="file">The model.</param>
    /// <param name="context">Tokens of context that the run has room for.</param>
    /// <exception cref="ModelFormatException">A key is missing, of a wrong type or out of range.</exception>
    public ModelConfig(ModelFile file, int context)
    {
        _file = file;
        Architecture = file.Metadata.String("general.architecture");
        Layers = Int("block_count", max: 1024);
        Width = Int("embedding_length", max: 1 << 20);
        Heads = PerLayerConstant("attention.head_count", null);
        KvHeads = PerLayerConstant("attention.head_count_kv", Heads);
        if (Heads % KvHeads != 0)
        {
            throw Wrong("attention.head_count_kv", $"a divisor of the {Heads} heads", $"{KvHeads}");
        }

        HeadDim = Int("attention.key_length", Width / Heads, 1, 4096);
        ValueDim = Int("attention.value_length", HeadDim, 1, 4096);
        Epsilon = Float("attention.layer_norm_rms_epsilon");
        FfnWidth = PerLayerConstant("feed_forward_length", 0, 0);
        TrainedContext = Int("context_length", max: 1 << 28);
        Context = context;
        Vocabulary = VocabularyOf(file);
        RopeDimensions = Int("rope.dimension_count", HeadDim, 2, HeadDim);
        RopeBase = Float("rope.freq_base", 10000);
        Experts = Int("expert_count", 0, 0, 65536);
        ExpertsUsed = Int("expert_used_count", 0, 0, Math.Max(Experts, 1));
        Window = Int("attention.sliding_window", 0, 0);
        FolderWindow = file.Metadata.Int("millrace.attention.window", 0);
    }

    /// <summary>The architecture's name, the prefix of its keys.</summary>
    public string Architecture { get; }

    /// <summary>Transformer layers.</summary>
    public int Layers { get; }

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; }

    /// <summary>Query heads.</summary>
    public int Heads { get; }

    /// <summary>Key and value heads.</summary>
    public int KvHeads { get; }

    /// <summary>Width of a query or key head.</summary>
    public int HeadDim { get; }

    /// <summary>Width of a value head.</summary>
    public int ValueDim { get; }

    /// <summary>Added to the mean square in norms.</summary>
    public float Epsilon { get; }

    /// <summary>Width inside the feed-forward block.</summary>
    public int FfnWidth { get; }

    /// <summary>Tokens of context that the model was made for.</summary>
    public int TrainedContext { get; }

    /// <summary>Tokens of context of the run.</summary>
    public int Context { get; }

    /// <summary>Rows of the embedding table.</summary>
    public int Vocabulary { get; }

    /// <summary>Numbers of a head that turn.</summary>
    public int RopeDimensions { get; }

    /// <summary>θ of the rotation.</summary>
    public float RopeBase { get; }

    /// <summary>Experts in a layer, 0 for a dense model.</summary>
    public int Experts { get; }

    /// <summary>Experts for each token.</summary>
    public int ExpertsUsed { get; }

    /// <summary>The sliding window, 0 for none.</summary>
    public int Window { get; }

    /// <summary>The window of every layer in a folder of Mistral or Phi-3, or 0. For GGUF files of these, which llama.cpp runs without a window, there is no such key.</summary>
    public int FolderWindow { get; }

    /// <summary>The file.</summary>
    public ModelFile File => _file;

    /// <summary>An integer of this architecture.</summary>
    public int Int(string key, int? otherwise = null, int min = 1, int max = int.MaxValue) => _file.Metadata.Int($"{Architecture}.{key}", otherwise, min, max);

    /// <summary>A number of this architecture.</summary>
    public float Float(string key, float? otherwise = null) => _file.Metadata.Float($"{Architecture}.{key}", otherwise);

    /// <summary>A text of this architecture.</summary>
    public string String(string key, string otherwise) => _file.Metadata.String($"{Architecture}.{key}", otherwise);

    /// <summary>Whether the key is there.</summary>
    public bool Contains(string key) => _file.Metadata.Contains($"{Architecture}.{key}");

    /// <summary>An exception that names the file and the key.</summary>
    public ModelFormatException Wrong(string key, string expected, string found) => new(_file.Path, $"{Architecture}.{key}", -1, expected, found);

    /// <summary>Which layers have the sliding window: all but the last of each period, or those that the file flags one by one. None where there is no window.</summary>
    /// <param name="period">Where the file does not say.</param>
    public bool[] WindowedLayers(int period)
    {
        const string Key = "attention.sliding_window_pattern";
        if (_file.Metadata[$"{Architecture}.{Key}"] is not Array)
        {
            period = Int(Key, period);
            return [.. Enumerable.Range(0, Layers).Select(layer => Window > 0 && layer % period < period - 1)];
        }

        int[] flags = _file.Metadata.Ints($"{Architecture}.{Key}")!;
        return flags.Length >= Layers
            ? [.. flags.Take(Layers).Select(flag => Window > 0 && flag != 0)]
            : throw Wrong(Key, $"{Layers} flags", $"{flags.Length}");
    }

    /// <summary>Rows of the embedding table.</summary>
    static int VocabularyOf(ModelFile file)
    {
        Tensor table = file.Tensor("token_embd.weight");
        return table.Shape.Count == 2 && table.Rows <= 1 << 24
            ? (int)table.Rows
            : throw new ModelFormatException(file.Path, table.Name, -1, "a table of at most 2^24 rows", $"[{string.Join(", ", table.Shape)}]");
    }

    /// <summary>A key that may hold one integer or one for each layer, all of them equal.</summary>
    int PerLayerConstant(string key, int? otherwise, int min = 1)
    {
        string name = $"{Architecture}.{key}";
        if (_file.Metadata[name] is not Array)
        {
            return Int(key, otherwise, min, 1 << 20);
        }

        int[] values = _file.Metadata.Ints(name)!;
        return values.Length > 0 && values[0] >= min && values.All(value => value == values[0])
            ? values[0]
            : throw Wrong(key, $"one number of at least {min} for all layers", $"[{string.Join(", ", values.Take(8))}{(values.Length > 8 ? ", …" : "")}]");
    }
}
