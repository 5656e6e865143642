using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Architectures;

/// <summary>Gemma 3: norms before and after each block, norms of heads, five layers of sliding window to one of full attention, each kind with its own rotation.</summary>
/// <remarks>Gemma team 2025. The file's norm weights have their 1 added already.</remarks>
static class Gemma3
{
    const int LayersOf27B = 62;

    /// <summary>The graph.</summary>
    public static Graph Build(ModelConfig c)
    {
        GraphBuilder g = new(c.File);
        Rope global = RopeScaling.Read(c, g, neoX: true);
        Rope local = RopeScaling.Read(c, g, neoX: true, c.Float("rope.freq_base_swa", 10000), scaled: false);
        float scale = c.Float("attention.scale", 1 / MathF.Sqrt(c.Layers == LayersOf27B ? c.Width / (float)c.Heads : c.HeadDim)); // the key is a folder's
        if (c.Float("final_logit_softcapping", 0) != 0)
        {
            throw c.Wrong("final_logit_softcapping", "none, as Gemma 3 has", "one");
        }

        AttentionShape full = new(c.Heads, c.KvHeads, c.HeadDim, c.ValueDim, scale);
        AttentionShape windowed = full with { Window = c.Window };
        bool[] hasWindow = c.WindowedLayers(period: 6);
        Value x = g.Embed("token_embd", c.Vocabulary, c.Width, MathF.Sqrt(c.Width));
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string blk = $"blk.{layer}";
            bool isLocal = hasWindow[layer];
            Value h = g.Norm(x, $"{blk}.attn_norm", c.Epsilon);
            (Value q, Value k, Value v) = g.Qkv(h, blk, full);
            q = g.Norm(q, $"{blk}.attn_q_norm", c.Epsilon, c.Heads);
            k = g.Norm(k, $"{blk}.attn_k_norm", c.Epsilon, c.KvHeads);
            Value a = g.Attention(layer, isLocal ? windowed : full, isLocal ? local : global, q, k, v);
            a = g.Norm(g.MatMul(a, $"{blk}.attn_output", c.Width), $"{blk}.post_attention_norm", c.Epsilon);
            x = g.Add(x, a, $"{blk}.attn_residual");

            h = g.Norm(x, $"{blk}.ffn_norm", c.Epsilon);
            Value f = g.Norm(g.Ffn(h, blk, c.FfnWidth, GateKind.GeluTanh), $"{blk}.post_ffw_norm", c.Epsilon);
            x = g.Add(x, f, $"{blk}.ffn_residual");
        }

        return g.Head(x, c.Epsilon, c.Vocabulary);
    }
}
