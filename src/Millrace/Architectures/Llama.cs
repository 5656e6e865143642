using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Architectures;

/// <summary>The pre-norm transformer with rotary positions and a gated feed-forward block: Llama 2 and 3, Mistral, SmolLM2, TinyLlama; with experts Mixtral; with norms of heads and NeoX pairs Qwen 2, Qwen 3 and Qwen 3 MoE.</summary>
/// <remarks>Touvron et al. 2023; Jiang et al. 2023 and 2024; Qwen team 2024 and 2025.</remarks>
static class Llama
{
    /// <summary>The graph.</summary>
    public static Graph Build(ModelConfig c)
    {
        GraphBuilder g = new(c.File);
        bool qwen = c.Architecture.StartsWith("qwen", StringComparison.Ordinal);
        Rope rope = RopeScaling.Read(c, g, neoX: qwen);
        AttentionShape attention = new(c.Heads, c.KvHeads, c.HeadDim, c.ValueDim, 1 / MathF.Sqrt(c.HeadDim), c.FolderWindow);
        int expertWidth = c.Experts > 0 ? c.Int("expert_feed_forward_length", qwen ? c.FfnWidth / c.ExpertsUsed : c.FfnWidth) : 0;

        Value x = g.Embed("token_embd", c.Vocabulary, c.Width);
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string blk = $"blk.{layer}";
            Value h = g.Norm(x, $"{blk}.attn_norm", c.Epsilon);
            (Value q, Value k, Value v) = g.Qkv(h, blk, attention);
            if (g.Has($"{blk}.attn_q_norm.weight"))
            {
                q = g.Norm(q, $"{blk}.attn_q_norm", c.Epsilon, c.Heads);
                k = g.Norm(k, $"{blk}.attn_k_norm", c.Epsilon, c.KvHeads);
            }

            Value a = g.Attention(layer, attention, rope, q, k, v);
            x = g.Add(x, g.MatMul(a, $"{blk}.attn_output", c.Width), $"{blk}.attn_residual");

            h = g.Norm(x, $"{blk}.ffn_norm", c.Epsilon);
            Value f = c.Experts > 0
                ? g.Experts(h, $"{blk}.ffn", c.Experts, c.ExpertsUsed, expertWidth, RouterKind.SoftmaxThenTop, GateKind.Silu)
                : g.Ffn(h, blk, c.FfnWidth, GateKind.Silu);
            x = g.Add(x, f, $"{blk}.ffn_residual");
        }

        return g.Head(x, c.Epsilon, c.Vocabulary);
    }
}
