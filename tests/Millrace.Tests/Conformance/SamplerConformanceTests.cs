using Millrace.Sampling;
using Millrace.Tests.Sampling;
using Millrace.Tokenization;

namespace Millrace.Tests.Conformance;

/// <summary>Our samplers leave the candidates that llama.cpp's own leave, with its probabilities.</summary>
public sealed class SamplerConformanceTests
{
    const int Vocabulary = 2000;

    public static TheoryData<int> Seeds => [0, 1, 2, 3];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Top_k(int seed)
    {
        foreach (int k in (int[])[1, 2, 40, 1999, 2000, 3000])
        {
            Compare(seed, new() { TopK = k }, [], () => [LlamaCppSampler.TopK(k)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Top_p(int seed)
    {
        foreach (float p in (float[])[0.1f, 0.5f, 0.95f, 1])
        {
            Compare(seed, new() { TopP = p }, [], () => [LlamaCppSampler.TopP(p)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Min_p(int seed)
    {
        foreach (float p in (float[])[0, 0.001f, 0.05f, 0.5f, 1])
        {
            Compare(seed, new() { MinP = p }, [], () => [LlamaCppSampler.MinP(p)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Typical(int seed)
    {
        foreach (float p in (float[])[0.2f, 0.5f, 0.95f, 1])
        {
            Compare(seed, new() { TypicalP = p }, [], () => [LlamaCppSampler.Typical(p)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Xtc(int seed)
    {
        foreach (float threshold in (float[])[0.001f, 0.005f, 0.1f, 0.4f, 0.6f])
        {
            Compare(seed, new() { XtcProbability = 1, XtcThreshold = threshold }, [], () => [LlamaCppSampler.Xtc(1, threshold, 1)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Temperature(int seed)
    {
        foreach (float temperature in (float[])[0.3f, 0.8f, 1, 2.5f])
        {
            Compare(seed, new() { Temperature = temperature }, [], () => [LlamaCppSampler.Temperature(temperature)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Penalties(int seed)
    {
        int[] tokens = Tokens(seed, 200, 40);
        foreach ((int window, float repeat, float frequency, float presence) in ((int, float, float, float)[])[(64, 1.3f, 0, 0), (64, 1, 0.4f, 0), (10, 1, 0, 0.7f), (200, 1.1f, -0.2f, 0.3f), (0, 1.5f, 1, 1)])
        {
            Compare(
                seed,
                new() { PenaltyWindow = window, RepetitionPenalty = repeat, FrequencyPenalty = frequency, PresencePenalty = presence },
                tokens,
                () => [LlamaCppSampler.Penalties(Vocabulary, window, repeat, frequency, presence)]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Logit_bias(int seed) => Compare(
        seed,
        new() { LogitBias = new Dictionary<int, float> { [3] = 4, [7] = -100, [11] = float.NegativeInfinity } },
        [],
        () => [LlamaCppSampler.LogitBias(Vocabulary, (3, 4), (7, -100), (11, float.NegativeInfinity))]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_default_chain(int seed)
    {
        SamplingParameters parameters = new()
        {
            RepetitionPenalty = 1.1f, PresencePenalty = 0.2f, TopK = 40, TypicalP = 0.98f, TopP = 0.95f, MinP = 0.05f, XtcProbability = 1, XtcThreshold = 0.08f, Temperature = 0.8f,
        };
        Compare(seed, parameters, Tokens(seed, 100, 50), () =>
        [
            LlamaCppSampler.Penalties(Vocabulary, 64, 1.1f, 0, 0.2f), LlamaCppSampler.TopK(40), LlamaCppSampler.Typical(0.98f), LlamaCppSampler.TopP(0.95f),
            LlamaCppSampler.MinP(0.05f), LlamaCppSampler.Xtc(1, 0.08f, 1), LlamaCppSampler.Temperature(0.8f),
        ]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void Mirostat(float tau)
    {
        LlamaCppPeer.Require();
        float[] logits = SamplerTests.Logits(Vocabulary, 1);
        using LlamaCppSampler peer = LlamaCppSampler.Mirostat2(1, tau, 0.1f);
        Candidates ours = new(Vocabulary);
        new Sampler(new() { Mirostat = true, MirostatTau = tau }, Vocabulary).Sample(logits, [], ours);
        Same(ours, peer.Apply(LlamaCppSampler.Candidates(logits)).Candidates); // the first bound is twice tau
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Dry_with_breakers(int seed)
    {
        LlamaCppPeer.Require();
        string path = SharedData.Require("data", "vocab", "ggml-vocab-llama-bpe.gguf");
        using LlamaCppModel model = new(path, true);
        Tokenizer tokenizer = Tokenizer.Open(path);
        string[] breakers = [.. DryBreakers.DefaultTexts, "and the", "\n\n"];
        IReadOnlyList<IReadOnlyList<int>> tokenBreakers = DryBreakers.FromTexts(tokenizer, breakers);
        string[] words = [" the mill", " and", " the", " river", ":", "\n", "\n\n", " ran fast", " to", " sea"];
        var random = new Random(seed);
        for (int round = 0; round < 4; round++)
        {
            int[] tokens = [.. tokenizer.Encode(string.Concat(Enumerable.Range(0, 120).Select(_ => words[random.Next(round % 2 == 0 ? 4 : words.Length)])), addSpecial: false)];
            float[] logits = new float[tokenizer.VocabularySize];
            using LlamaCppSampler peer = LlamaCppSampler.Dry(model, 0.8f, 1.75f, 2, 4096, breakers);
            Array.ForEach(tokens, peer.Accept);
            LlamaTokenData[] theirs = peer.Apply(LlamaCppSampler.Candidates(logits)).Candidates;
            Candidates ours = new(logits.Length);
            new Sampler(new() { DryMultiplier = 0.8f, DryBreakers = tokenBreakers }, logits.Length).Sample(logits, tokens, ours);
            foreach (LlamaTokenData their in theirs)
            {
                float our = ours.Logits[their.Id];
                Assert.True(Math.Abs(our - their.Logit) <= 1e-5f * (1 + Math.Abs(our)), $"round {round}, token {their.Id}: {our}, llama.cpp {their.Logit}");
            }
        }
    }

    /// <summary>Runs our chain and theirs, which a draw ends so that probabilities are set, and compares what is left.</summary>
    static void Compare(int seed, SamplingParameters parameters, int[] tokens, Func<LlamaCppSampler[]> chain)
    {
        LlamaCppPeer.Require();
        float[] logits = [.. SamplerTests.Logits(Vocabulary, seed).Select((logit, token) => logit + token * 1e-5f)]; // no ties, whose order is open
        Candidates ours = new(Vocabulary);
        new Sampler(parameters, Vocabulary).Sample(logits, tokens, ours);

        LlamaTokenData[] theirs = LlamaCppSampler.Candidates(logits);
        foreach (LlamaCppSampler sampler in chain())
        {
            using (sampler)
            {
                Array.ForEach(tokens, sampler.Accept);
                theirs = sampler.Apply(theirs).Candidates;
            }
        }

        Same(ours, theirs);
    }

    static void Same(Candidates ours, LlamaTokenData[] theirs)
    {
        double max = theirs.Max(item => item.Logit);
        double sum = theirs.Sum(item => Math.Exp(item.Logit - max));
        Assert.Equal(theirs.Select(item => item.Id).Order(), ours.Ids.ToArray().Order());
        Dictionary<int, double> expected = theirs.ToDictionary(item => item.Id, item => Math.Exp(item.Logit - max) / sum);
        for (int i = 0; i < ours.Count; i++)
        {
            Assert.Equal(expected[ours.Ids[i]], ours.Probabilities[i], 2e-6);
        }
    }

    static int[] Tokens(int seed, int count, int different)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(different))];
    }
}
