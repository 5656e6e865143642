using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Conformance.Reference;

namespace Millrace.Tests.Conformance;

/// <summary>The f64 reference means what llama.cpp means: with F32 weights and an F32 cache nothing but the peer's f32 sums stands between them. So whatever is held to the reference is held to the peer, without the peer's noise.</summary>
public class ReferenceAgainstPeerTests
{
    const int Positions = 80;

    public static TheoryData<string> Variants => [.. TinyModels.Names];

    public static TheoryData<string, string, object> Keys => new()
    {
        { "gemma3", "final_logit_softcapping", 5f },
        { "gemma3", "attention.sliding_window_pattern", 3 },
        { "gemma3", "rope.freq_base_swa", 500f },
        { "gpt-oss", "attention.sliding_window_pattern", 4 },
        { "gpt-oss", "rope.freq_base_swa", 500f },
        { "llama", "attention.sliding_window", 16 },
        { "llama", "attention.scale", 0.5f },
        { "qwen2", "attention.sliding_window", 16 },
        { "mixtral", "expert_weights_scale", 2.5f },
        { "qwen3moe", "expert_weights_norm", false },
        { "llama-linear", "rope.scaling.attn_factor", 1.5f },
        { "llama-linear", "rope.scaling.type", "none" },
        { "llama-yarn", "rope.scaling.attn_factor", 1.5f },
        { "llama-yarn", "rope.scaling.yarn_beta_fast", 8f },
        { "phi3-short", "rope.scaling.original_context_length", 255 },
        { "phi3-short", "rope.scaling.original_context_length", 256 },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Reference_equals_the_peer_in_full_precision(string variant) =>
        AssertEqual(TinyModels.Build(variant, WeightType.F32));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Reference_takes_a_key_as_the_peer_does(string variant, string key, object value)
    {
        TinyModelBuilder model = TinyModels.Build(variant, WeightType.F32);
        model.Set(key, value);
        AssertEqual(model);
    }

    static void AssertEqual(TinyModelBuilder builder)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new(builder);
        int[] tokens = [.. Enumerable.Range(0, Positions).Select(i => (i * 7919 + 13) % TinyVocabulary.Size)];
        using LlamaCppModel model = new(tiny.Path);
        using LlamaCppContext context = new(model, Positions, kvType: LlamaCppContext.F32);
        float[][] theirs = context.AllLogits(tokens);
        using GgufFile file = GgufFile.Open(tiny.Path);
        double[][] ours = new ReferenceModel(file, context.Length, halfCache: false) { HalfGelu = true }.Logits(tokens);

        // The peer's GELU is a table of halves: a sum that rounds to the next half moves an activation by 1/2048 of itself.
        double limit = file.Metadata.String("general.architecture") == "gemma3" ? 3e-3 : 1e-4;
        for (int t = 0; t < Positions; t++)
        {
            for (int i = 0; i < TinyVocabulary.Size; i++)
            {
                double difference = Math.Abs(ours[t][i] - theirs[t][i]);
                Assert.True(difference <= limit, $"position {t}, token {i}: {ours[t][i]:f5}, llama.cpp {theirs[t][i]:f5}");
            }
        }
    }
}
