using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Architectures;

/// <summary>DeepSeek V2 and V3 and what is built as they are (R1, Kimi K2, GLM 4.7 Flash): latent attention, layers with a dense block first, then experts of which some are shared by all tokens.</summary>
/// <remarks>DeepSeek-AI 2024. Attention runs over latent vectors in prompts too, where engines may expand them to keys and values of each head: more operations, as many bytes.</remarks>
static class DeepSeek
{
    /// <summary>The graph.</summary>
    public static Graph Build(ModelConfig c)
    {
        GraphBuilder g = new(c.File);
        int queryRank = c.Int("attention.q_lora_rank", 0, 0, 1 << 20);
        int latent = c.Int("attention.kv_lora_rank", max: 1 << 16);
        int keyDim = c.Int("attention.key_length_mla", min: c.RopeDimensions + 1, max: 4096);
        int valueDim = c.Int("attention.value_length_mla", max: 4096);
        int dense = c.Int("leading_dense_block_count", 0, 0, c.Layers);
        int shared = c.Int("expert_shared_count", 0, 0, 1024);
        int expertWidth = c.Experts > 0 ? c.Int("expert_feed_forward_length", max: 1 << 20) : 0;
        if (c.Experts == 0 && dense < c.Layers)
        {
            throw c.Wrong("expert_count", $"experts in the {c.Layers - dense} layers that are not dense", "none");
        }

        // YaRN's temperature is in the scale, squared, not in the rotation.
        Rope rope = RopeScaling.Read(c, g, neoX: false) with { Magnitude = 1 };
        float factor = MathF.Max(1, c.Float("rope.scaling.factor", 1));
        float magnitude = 1 + c.Float("rope.scaling.yarn_log_multiplier", 0) * MathF.Log(factor);
        AttentionShape attention = new(c.Heads, 1, latent + c.RopeDimensions, latent, magnitude * magnitude / MathF.Sqrt(keyDim), ValuesInKeys: true);
        bool sigmoid = c.Int("expert_gating_func", 2, 1, 2) == 2;
        ExpertGroups groups = new(c.Int("expert_group_count", 1, 0), c.Int("expert_group_used_count", 1, 0), c.Float("expert_weights_scale", 1));

        Value x = g.Embed("token_embd", c.Vocabulary, c.Width);
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string blk = $"blk.{layer}";
            Value h = g.Norm(x, $"{blk}.attn_norm", c.Epsilon);
            Value q = queryRank > 0
                ? g.MatMul(g.Norm(g.MatMul(h, $"{blk}.attn_q_a", queryRank), $"{blk}.attn_q_a_norm", c.Epsilon), $"{blk}.attn_q_b", c.Heads * keyDim)
                : g.MatMul(h, $"{blk}.attn_q", c.Heads * keyDim);
            Value kv = g.MatMul(h, $"{blk}.attn_kv_a_mqa", attention.HeadDim);
            Value a = g.LatentAttention(layer, attention, rope, q, kv, keyDim - c.RopeDimensions, valueDim, c.Epsilon);
            x = g.Add(x, g.MatMul(a, $"{blk}.attn_output", c.Width), $"{blk}.attn_residual");

            h = g.Norm(x, $"{blk}.ffn_norm", c.Epsilon);
            if (layer < dense)
            {
                x = g.Add(x, g.Ffn(h, blk, c.FfnWidth, GateKind.Silu), $"{blk}.ffn_residual");
                continue;
            }

            string bias = $"{blk}.exp_probs_b.bias";
            ExpertGroups biased = g.Has(bias) ? groups with { Bias = g.Vector(bias, c.Experts) } : groups;
            Value f = g.Experts(
                h, $"{blk}.ffn", c.Experts, c.ExpertsUsed, expertWidth, sigmoid ? RouterKind.SigmoidOfGroups : RouterKind.SoftmaxOfGroups, GateKind.Silu, biased);
            x = g.Add(x, f, $"{blk}.ffn_residual");
            x = shared > 0 ? g.Add(x, g.Ffn(h, blk, shared * expertWidth, GateKind.Silu, "_shexp"), $"{blk}.ffn_shared_residual") : x;
        }

        return g.Head(x, c.Epsilon, c.Vocabulary);
    }
}
