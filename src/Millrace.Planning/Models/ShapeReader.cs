using Millrace.Architectures;
using Millrace.Formats;
using Millrace.Formats.HuggingFace;

namespace Millrace.Planning.Models;

/// <summary>Reads the shape of a model from a header, so that it can be priced in another precision than the file's, or without any weights.</summary>
public static class ShapeReader
{
    /// <summary>The shape of a file.</summary>
    /// <exception cref="ModelFormatException">A key is missing or out of range.</exception>
    public static ModelShape Read(ModelFile file)
    {
        long vocabulary = file.Tensor("token_embd.weight").Rows;
        return Read(file.Path, file.Metadata, !file.Tensors.ContainsKey("output.weight"), vocabulary <= 1 << 24
            ? (int)vocabulary
            : throw new ModelFormatException(file.Path, "token_embd.weight", -1, "at most 2^24 rows", $"{vocabulary}"));
    }

    /// <summary>The shape that a config.json states.</summary>
    /// <exception cref="ModelFormatException">A key is missing, out of range or of a kind without a page.</exception>
    public static ModelShape Read(FolderConfig config)
    {
        string architecture = config.Metadata.String("general.architecture");
        return Read(config.Path, config.Metadata, config.Tied, config.Metadata.Int($"{architecture}.vocab_size", min: 1, max: 1 << 24));
    }

    static ModelShape Read(string path, Metadata metadata, bool tied, int vocabulary)
    {
        string name = metadata.String("general.architecture");
        if (!Architecture.Names.Contains(name))
        {
            throw new ModelFormatException(path, "general.architecture", -1, string.Join(", ", Architecture.Names), $"\"{name}\"");
        }

        int heads = Int("attention.head_count", 1, 1 << 16);
        int width = Int("embedding_length", 1, 1 << 20);
        int experts = Int("expert_count", 0, 65536, 0);
        int dense = Int("leading_dense_block_count", 0, 1024, 0);
        int ffn = Int("feed_forward_length", 0, 1 << 24, 0);
        int ropeDim = Int("rope.dimension_count", 2, 4096, Math.Max(2, width / heads));
        return new()
        {
            Architecture = name,
            Layers = Int("block_count", 1, 1024),
            Width = width,
            Ffn = experts > 0 ? Int("expert_feed_forward_length", 1, 1 << 24, ffn) : ffn,
            Heads = heads,
            KvHeads = Int("attention.head_count_kv", 1, 1 << 16, heads),
            HeadDim = Int("attention.key_length", 1, 4096, Math.Max(1, width / heads)),
            Vocabulary = vocabulary,
            Context = Int("context_length", 1, 1 << 28),
            Tied = tied,
            Experts = experts,
            ExpertsUsed = Int("expert_used_count", 0, Math.Max(experts, 1), 0),
            SharedExperts = Int("expert_shared_count", 0, 1024, 0),
            DenseLayers = dense,
            DenseFfn = dense > 0 ? ffn : 0,
            RopeBase = metadata.Float($"{name}.rope.freq_base", 10000),
            Window = Int("attention.sliding_window", 0, int.MaxValue, 0),
            WindowPeriod = metadata[$"{name}.attention.sliding_window_pattern"] is Array ? 0 : Int("attention.sliding_window_pattern", 0, 1024, 0),
            Latent = name != "deepseek2" ? null : new(
                Int("attention.q_lora_rank", 0, 1 << 20, 0), Int("attention.kv_lora_rank", 1, 1 << 16), ropeDim,
                Int("attention.key_length_mla", ropeDim + 1, 4096) - ropeDim, Int("attention.value_length_mla", 1, 4096)),
        };

        int Int(string key, int min, int max, int? otherwise = null) => metadata.Int($"{name}.{key}", otherwise, min, max);
    }
}
