using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Architectures;

/// <summary>gpt-oss: experts with biases and a clamped gate, attention sinks, every other layer with a sliding window.</summary>
/// <remarks>OpenAI 2025.</remarks>
static class GptOss
{
    /// <summary>The graph.</summary>
    public static Graph Build(ModelConfig c)
    {
        GraphBuilder g = new(c.File);
        Rope full = RopeScaling.Read(c, g, neoX: true);
        Rope local = RopeScaling.Read(c, g, neoX: true, c.Float("rope.freq_base_swa", c.RopeBase));
        int expertWidth = c.Int("expert_feed_forward_length");
        if (c.Experts == 0 || c.ExpertsUsed == 0 || c.Window == 0)
        {
            throw c.Wrong("expert_count", "experts and a sliding window", $"{c.Experts} experts, {c.ExpertsUsed} used, window {c.Window}");
        }

        bool[] hasWindow = c.WindowedLayers(period: 2);
        Value x = g.Embed("token_embd", c.Vocabulary, c.Width);
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string blk = $"blk.{layer}";
            bool windowed = hasWindow[layer];
            AttentionShape attention = new(
                c.Heads, c.KvHeads, c.HeadDim, c.ValueDim, 1 / MathF.Sqrt(c.HeadDim),
                windowed ? c.Window : 0, g.Vector($"{blk}.attn_sinks.weight", c.Heads));
            Value h = g.Norm(x, $"{blk}.attn_norm", c.Epsilon);
            (Value q, Value k, Value v) = g.Qkv(h, blk, attention);
            Value a = g.Attention(layer, attention, windowed ? local : full, q, k, v);
            x = g.Add(x, g.MatMul(a, $"{blk}.attn_output", c.Width), $"{blk}.attn_residual");

            // The name says after attention; it is the norm before the experts.
            h = g.Norm(x, $"{blk}.post_attention_norm", c.Epsilon);
            Value f = g.Experts(h, $"{blk}.ffn", c.Experts, c.ExpertsUsed, expertWidth, RouterKind.TopThenSoftmax, GateKind.SwigluOai);
            x = g.Add(x, f, $"{blk}.ffn_residual");
        }

        return g.Head(x, c.Epsilon, c.Vocabulary);
    }
}
