using System.Text;

namespace Millrace.Tests.Conformance;

/// <summary>The peer itself does what its authors say, so that a difference from it is ours.</summary>
public class LlamaCppTests
{
    static readonly int[] OnceUponATime = [6403, 1980, 253, 655];

    [Fact]
    public void Peer_tokenizes_and_detokenizes_the_real_model()
    {
        using LlamaCppModel model = Real(vocabularyOnly: true);
        Assert.Equal(OnceUponATime, model.Tokenize("Once upon a time"u8, addSpecial: false, parseSpecial: false));
        Assert.Equal("Once upon a time", Encoding.UTF8.GetString(model.Detokenize(OnceUponATime, false, false)));
        Assert.Equal(" upon", Encoding.UTF8.GetString(model.Piece(1980, special: false)));
        Assert.Equal(49152, model.VocabularySize);
    }

    [Fact]
    public void Peer_continues_the_real_model_greedily()
    {
        using LlamaCppModel model = Real();
        using LlamaCppContext context = new(model, 64);
        (int[] tokens, float[][] logits) = context.Greedy(OnceUponATime, 6);
        Assert.Equal([28, 260, 2240, 282, 1315, 27108], tokens);
        float[][] rows = context.AllLogits(OnceUponATime, chunk: 1);
        Assert.Equal(tokens[0], LlamaCppContext.ArgMax(rows[^1]));
        Assert.InRange(Math.Abs(rows[^1][28] - logits[0][28]), 0, 1);
    }

    [Fact]
    public void Peer_samplers_filter_candidates()
    {
        LlamaCppPeer.Require();
        LlamaTokenData[] candidates = LlamaCppSampler.Candidates([1f, 4f, 2f, 3f]);
        using LlamaCppSampler top = LlamaCppSampler.TopK(2);
        Assert.Equal([1, 3], top.Apply(candidates).Candidates.Select(candidate => candidate.Id));
        using LlamaCppSampler greedy = LlamaCppSampler.Greedy();
        Assert.Equal(1, greedy.Apply(candidates).Selected);
        using LlamaCppSampler bias = LlamaCppSampler.LogitBias(4, (0, 10f));
        Assert.Equal(11f, bias.Apply(candidates).Candidates[0].Logit);
    }

    static LlamaCppModel Real(bool vocabularyOnly = false)
    {
        LlamaCppPeer.Require();
        return new(SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf"), vocabularyOnly);
    }
}
