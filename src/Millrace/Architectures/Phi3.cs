using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Architectures;

/// <summary>Phi-3: one tensor for queries, keys and values, one for gate and up.</summary>
/// <remarks>Abdin et al. 2024. Full attention for GGUF files, as llama.cpp computes it whatever window the file names; a folder's window is that of transformers.</remarks>
static class Phi3
{
    /// <summary>The graph.</summary>
    public static Graph Build(ModelConfig c)
    {
        GraphBuilder g = new(c.File);
        Rope rope = RopeScaling.Read(c, g, neoX: true);
        AttentionShape attention = new(c.Heads, c.KvHeads, c.HeadDim, c.ValueDim, 1 / MathF.Sqrt(c.HeadDim), c.FolderWindow);

        Value x = g.Embed("token_embd", c.Vocabulary, c.Width);
        for (int layer = 0; layer < c.Layers; layer++)
        {
            string blk = $"blk.{layer}";
            Value h = g.Norm(x, $"{blk}.attn_norm", c.Epsilon);
            (Value q, Value k, Value v) = g.Qkv(h, blk, attention);
            Value a = g.Attention(layer, attention, rope, q, k, v);
            x = g.Add(x, g.MatMul(a, $"{blk}.attn_output", c.Width), $"{blk}.attn_residual");

            h = g.Norm(x, $"{blk}.ffn_norm", c.Epsilon);
            Value gate = g.MatMul(h, $"{blk}.ffn_up", c.FfnWidth, 0, 2 * c.FfnWidth);
            Value up = g.MatMul(h, $"{blk}.ffn_up", c.FfnWidth, c.FfnWidth, 2 * c.FfnWidth);
            Value f = g.MatMul(g.Gate(gate, up, GateKind.Silu, $"{blk}.ffn_gate"), $"{blk}.ffn_down", c.Width);
            x = g.Add(x, f, $"{blk}.ffn_residual");
        }

        return g.Head(x, c.Epsilon, c.Vocabulary);
    }
}
