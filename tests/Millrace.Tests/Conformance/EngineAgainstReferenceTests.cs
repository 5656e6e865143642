using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Kernels;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Conformance.Reference;

namespace Millrace.Tests.Conformance;

/// <summary>Our arithmetic is f32 and no worse: whole models are held to the f64 reference, without a peer whose noise could hide a wrong rotation or scale.</summary>
public class EngineAgainstReferenceTests
{
    const int Positions = 80;

    public static TheoryData<string> Variants => [.. TinyModels.Names];

    /// <summary>Without a cap of logits, which Gemma 3 does not have and the engine refuses.</summary>
    public static TheoryData<string, string, object> Keys
    {
        get
        {
            TheoryData<string, string, object> keys = [];
            foreach (ITheoryDataRow row in ReferenceAgainstPeerTests.Keys)
            {
                if (row.GetData() is [string variant, string key, object value] && key != "final_logit_softcapping")
                {
                    keys.Add(variant, key, value);
                }
            }

            return keys;
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Logits_equal_the_reference_in_full_precision(string variant) => Compare(TinyModels.Build(variant, WeightType.F32), KvType.F32, 5e-5);

    [Theory]
    [MemberData(nameof(Keys))]
    public void Key_means_what_it_means_to_the_reference(string variant, string key, object value)
    {
        TinyModelBuilder model = TinyModels.Build(variant, WeightType.F32);
        model.Set(key, value);
        Compare(model, KvType.F32, 5e-5);
    }

    // A key or value that f32 and f64 round to different halves moves by 1/1024 of itself, and all that follows with it.
    [Theory]
    [MemberData(nameof(Variants))]
    public void F16_cache_rounds_keys_and_values_and_nothing_else(string variant) => Compare(TinyModels.Build(variant, WeightType.F32), KvType.F16, 5e-3);

    static void Compare(TinyModelBuilder model, KvType kv, double limit)
    {
        using TinyModelFile tiny = new(model);
        int[] tokens = [.. Enumerable.Range(0, Positions).Select(i => (i * 7919 + 13) % TinyVocabulary.Size)];
        using MillraceModel engine = new(tiny.Path, context: 256, kv);
        float[][] found = engine.AllLogits(tokens);
        using GgufFile file = GgufFile.Open(tiny.Path);
        double[][] expected = new ReferenceModel(file, context: 256, halfCache: kv == KvType.F16).Logits(tokens);
        double worst = Enumerable.Range(0, Positions).Max(t => expected[t].Zip(found[t], (e, f) => Math.Abs(e - f)).Max());
        Assert.InRange(worst, 0, limit);
    }
}
