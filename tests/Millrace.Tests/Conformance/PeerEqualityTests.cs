using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Conformance;

/// <summary>Millrace equals llama.cpp as far as llama.cpp equals itself. Its noise is measured first: the same prompt in one batch and one token at a time.</summary>
public class PeerEqualityTests(ITestOutputHelper output)
{
    const int Positions = 160;
    const int Prompt = 32;
    const int Continued = 64;

    /// <summary>Each architecture in F32 and F16, and llama in every other type.</summary>
    public static TheoryData<string, WeightType> Models
    {
        get
        {
            TheoryData<string, WeightType> models = [];
            foreach (string variant in TinyModels.Names)
            {
                models.Add(variant, WeightType.F32);
                models.Add(variant, WeightType.F16);
            }

            foreach (WeightType type in WeightTypes.All.Where(type => type.IsGguf && type is not (WeightType.F32 or WeightType.F16)))
            {
                models.Add("llama", type);
            }

            foreach (WeightType type in WeightTypes.All.Where(type => type.IsGguf && type.BlockLength == 32))
            {
                models.Add("llama-odd", type);
            }

            models.Add("gpt-oss", WeightType.MXFP4);
            models.Add("llama-scales", WeightType.NVFP4);
            models.Add("mixtral-scales", WeightType.NVFP4);
            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_differ_from_the_peer_no_more_than_it_does_from_itself(string variant, WeightType type)
        => CompareLogits(TinyModels.Build(variant, type), $"{variant} {type.GgufName}", isFull: type == WeightType.F32);

    [Theory]
    [InlineData("llama", new[] { WeightType.Q4_K, WeightType.Q6_K, WeightType.Q8_0, WeightType.F16, WeightType.Q5_0, WeightType.Q3_K, WeightType.F32, WeightType.BF16 })]
    [InlineData("gemma3", new[] { WeightType.Q4_0, WeightType.Q4_0, WeightType.Q4_1, WeightType.Q8_0 })]
    [InlineData("mixtral", new[] { WeightType.Q4_K, WeightType.Q6_K })]
    public void Matrices_of_different_types_go_together(string variant, WeightType[] types)
        => CompareLogits(TinyModels.Build(variant, types[0]).Mix(types), $"{variant} mixed", isFull: false);

    // Several steps of ours and several micro-batches of theirs, in f32 all through. Theirs makes angles by repeated f32
    // products, whose error grows with the position, and takes Gemma's GELU from a table of halves.
    [Theory]
    [InlineData("llama3-rope", 2e-4)]
    [InlineData("phi3-long", 2e-4)]
    [InlineData("qwen3", 1e-3)]
    [InlineData("gemma3", 1e-2)]
    public void Long_prompt_equals_the_peers_in_full_precision(string variant, double limit)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new(variant, WeightType.F32);
        int[] tokens = Tokens(1100);
        using LlamaCppModel theirs = new(tiny.Path);
        using LlamaCppContext context = new(theirs, tokens.Length, kvType: LlamaCppContext.F32);
        using MillraceModel ours = new(tiny.Path, context.Length, KvType.F32);
        float[][] expected = context.AllLogits(tokens);
        float[][] found = ours.AllLogits(tokens, chunk: 500);
        double worst = Enumerable.Range(0, tokens.Length).Max(t => expected[t].Zip(found[t], (a, b) => Math.Abs(a - b)).Max());
        Assert.InRange(worst, 0, limit);
    }

    void CompareLogits(TinyModelBuilder model, string name, bool isFull)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new(model);
        int[] tokens = Tokens(Positions);
        using LlamaCppModel theirs = new(tiny.Path);
        using LlamaCppContext context = new(theirs, Positions);
        using MillraceModel ours = new(tiny.Path, context.Length);
        float[][] batch = context.AllLogits(tokens);
        LogitComparison own = new(batch, context.AllLogits(tokens, chunk: 1));
        LogitComparison difference = new(batch, ours.AllLogits(tokens));
        string text = $"{name}: llama.cpp from itself {own}; from Millrace {difference}";
        output.WriteLine(text);
        Assert.True(difference.Median <= 2 * own.Median, text);
        Assert.True(!isFull || difference.Mean <= 0.004, text);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Greedy_continuation_equals_the_peers_or_parts_at_a_near_tie(string variant, WeightType type)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new(variant, type);
        int[] prompt = Tokens(Prompt);
        using LlamaCppModel theirs = new(tiny.Path);
        using LlamaCppContext context = new(theirs, Prompt + Continued);
        using MillraceModel ours = new(tiny.Path, context.Length);
        (int[] expected, float[][] logits) = context.Greedy(prompt, Continued);
        int[] found = ours.Greedy(prompt, Continued);
        int parted = Enumerable.Range(0, Continued).FirstOrDefault(i => found[i] != expected[i], -1);
        Assert.True(parted < 0 || LogitComparison.Lead(logits[parted]) < 0.3, $"{variant} {type.GgufName}: token {parted} is {found[parted < 0 ? 0 : parted]}, llama.cpp's {expected[parted < 0 ? 0 : parted]}");
    }

    static int[] Tokens(int count)
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(TinyVocabulary.Size))];
    }
}
