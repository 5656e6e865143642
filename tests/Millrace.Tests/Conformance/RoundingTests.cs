using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Conformance.Reference;

namespace Millrace.Tests.Conformance;

/// <summary>Products round their inputs, ours and llama.cpp's alike. Both are measured from the model that rounds nothing but keys and values: ours is no further from it than theirs, so no error of ours hides in their noise.</summary>
public class RoundingTests(ITestOutputHelper output)
{
    const int Positions = 64;
    const double Tolerance = 1.15; // of one random sample beside another

    public static TheoryData<WeightType> Types => [.. WeightTypes.All.Where(type => type.IsGguf && type != WeightType.F32)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Rounded_inputs_cost_no_more_than_they_cost_the_peer(WeightType type)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new("llama", type);
        int[] tokens = [.. Enumerable.Range(0, Positions).Select(i => (i * 7919 + 13) % TinyVocabulary.Size)];
        using LlamaCppModel model = new(tiny.Path);
        using LlamaCppContext context = new(model, Positions);
        using MillraceModel engine = new(tiny.Path, context.Length);
        using GgufFile file = GgufFile.Open(tiny.Path);
        float[][] exact = [.. new ReferenceModel(file, context.Length, halfCache: true).Logits(tokens).Select(row => row.Select(logit => (float)logit).ToArray())];
        LogitComparison theirs = new(exact, context.AllLogits(tokens));
        LogitComparison ours = new(exact, engine.AllLogits(tokens));
        string text = $"{type.GgufName}: llama.cpp {theirs}; Millrace {ours}";
        output.WriteLine(text);
        Assert.True(ours.Mean <= Tolerance * theirs.Mean, text);
    }
}
