using System.Globalization;

namespace Millrace.Formats.HuggingFace;

/// <summary>Names of transformers' tensors and what GGUF calls them.</summary>
/// <remarks>Source: transformers' module names, gguf-py's tensor map.</remarks>
sealed class TensorNames(string architecture, int layers)
{
    static readonly Dictionary<string, string> Outer = new()
    {
        ["model.embed_tokens"] = "token_embd",
        ["model.norm"] = "output_norm",
        ["lm_head"] = "output",
    };

    static readonly Dictionary<string, string> InLayer = new()
    {
        ["input_layernorm"] = "attn_norm",
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.qkv_proj"] = "attn_qkv",
        ["self_attn.o_proj"] = "attn_output",
        ["self_attn.q_norm"] = "attn_q_norm",
        ["self_attn.k_norm"] = "attn_k_norm",
        ["pre_feedforward_layernorm"] = "ffn_norm",
        ["post_feedforward_layernorm"] = "post_ffw_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.gate_up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
        ["mlp.gate"] = "ffn_gate_inp",
        ["mlp.router"] = "ffn_gate_inp",
        ["block_sparse_moe.gate"] = "ffn_gate_inp",
    };

    static readonly Dictionary<string, string> OfExpert = new()
    {
        ["gate_proj"] = "ffn_gate_exps",
        ["up_proj"] = "ffn_up_exps",
        ["down_proj"] = "ffn_down_exps",
        ["w1"] = "ffn_gate_exps",
        ["w3"] = "ffn_up_exps",
        ["w2"] = "ffn_down_exps",
    };

    // What a text model does without: parts that see, tables that are computed, scales of activations and of the KV cache.
    static readonly string[] IgnoredPrefixes = ["vision_tower.", "model.vision_tower.", "vision_model.", "multi_modal_projector.", "model.multi_modal_projector."];
    static readonly string[] IgnoredSuffixes = [".rotary_emb.inv_freq", ".input_scale", ".activation_scale", ".k_scale", ".v_scale"];

    /// <summary>Whether the tensor is none of a text model's.</summary>
    public static bool IsIgnored(string name) =>
        IgnoredPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) || IgnoredSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>GGUF's name, and the expert whose part of it the tensor is (−1: it is the whole), or null where there is none.</summary>
    public (string Name, int Expert)? Find(string name)
    {
        name = Strip(name, "model.language_model.", "model.") ?? Strip(name, "language_model.", "") ?? name;
        int dot = name.LastIndexOf('.');
        string suffix = dot < 0 ? "" : name[dot..];
        if (suffix is not (".weight" or ".bias"))
        {
            return Layer(name) is var (sinksOf, rest) && rest == "self_attn.sinks" ? ($"blk.{sinksOf}.attn_sinks.weight", -1) : null;
        }

        string stem = name[..dot];
        if (Outer.TryGetValue(stem, out string? outer))
        {
            return (outer + suffix, -1);
        }

        if (Layer(stem) is not var (layer, part))
        {
            return null;
        }

        if (part == "post_attention_layernorm")
        {
            return ($"blk.{layer}.{(architecture is "gemma3" or "gpt-oss" ? "post_attention_norm" : "ffn_norm")}{suffix}", -1);
        }

        if (InLayer.TryGetValue(part, out string? inner))
        {
            return ($"blk.{layer}.{inner}{suffix}", -1);
        }

        string? ofExpert = Strip(part, "mlp.experts.", "") ?? Strip(part, "block_sparse_moe.experts.", "");
        return ofExpert?.Split('.') is [string number, string matrix] && Number(number, int.MaxValue) is { } expert && OfExpert.TryGetValue(matrix, out string? stacked)
            ? ($"blk.{layer}.{stacked}{suffix}", expert)
            : null;
    }

    /// <summary>The layer of a name and what follows it, or null.</summary>
    public (int Layer, string Part)? Layer(string name)
    {
        if (Strip(name, "model.layers.", "") is not { } inner || inner.IndexOf('.') is not (> 0 and var dot))
        {
            return null;
        }

        return Number(inner[..dot], layers) is { } layer ? (layer, inner[(dot + 1)..]) : null;
    }

    static string? Strip(string name, string prefix, string by) => name.StartsWith(prefix, StringComparison.Ordinal) ? by + name[prefix.Length..] : null;

    // Only as the file would write it: no sign, no leading zeros.
    static int? Number(string text, int below) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < below && number.ToString(CultureInfo.InvariantCulture) == text ? number : null;
}
