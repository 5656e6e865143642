using System.Runtime.InteropServices;
using Millrace.Cache;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Conformance;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Devices;

/// <summary>The same tokens give the same bits, whatever they are computed with, after, or on.</summary>
public class BitExactnessTests
{
    const int Positions = 100;
    const int Continued = 6;

    /// <summary>llama in the types with a fast path and one without, other architectures in some, and each kind of KV cache.</summary>
    public static TheoryData<string, WeightType, KvType> Models
    {
        get
        {
            TheoryData<string, WeightType, KvType> models = [];
            foreach (WeightType type in new[] { WeightType.F32, WeightType.F16, WeightType.BF16, WeightType.Q4_0, WeightType.Q8_0, WeightType.Q4_K, WeightType.Q6_K, WeightType.Q5_1 })
            {
                models.Add("llama", type, KvType.F16);
            }

            models.Add("llama", WeightType.Q4_0, KvType.F32);
            models.Add("llama", WeightType.Q4_0, KvType.Int8);
            models.Add("llama-wide-heads", WeightType.F16, KvType.Int8);
            models.Add("mixtral", WeightType.Q4_0, KvType.F16);
            models.Add("qwen3moe", WeightType.Q4_K, KvType.F16);
            models.Add("gpt-oss", WeightType.MXFP4, KvType.F16);
            models.Add("gemma3", WeightType.Q6_K, KvType.F16);
            models.Add("phi3-long", WeightType.Q8_0, KvType.F16);
            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Prompt_in_chunks_of_1_7_and_64_gives_the_bits_of_one_piece(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] tokens = Tokens(1, Positions);
        using MillraceModel model = new(tiny.Path, context: 256, kv);
        float[][] whole = model.AllLogits(tokens);
        foreach (int chunk in new[] { 1, 7, 64 })
        {
            AssertSameBits(whole, model.AllLogits(tokens, chunk), $"chunks of {chunk}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Two_threads_give_the_bits_of_one(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] tokens = Tokens(1, Positions);
        using MillraceModel one = new(tiny.Path, context: 256, kv);
        using MillraceModel two = new(tiny.Path, context: 256, kv, threads: 2);
        AssertSameBits(one.AllLogits(tokens), two.AllLogits(tokens), "one piece");
        AssertSameBits(one.AllLogits(tokens, 3), two.AllLogits(tokens, 3), "chunks of 3");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Batches_of_2_to_9_give_the_bits_of_each_sequence_alone(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        using ScheduledModel model = new(tiny.Path, kv, blocks: 160);
        int[][] prompts = [.. Enumerable.Range(0, 9).Select(i => Tokens(i + 1, 5 + 7 * i))];
        IReadOnlyList<float[]>[] alone = [.. prompts.Select(prompt => Alone(model, prompt))];
        for (int batch = 2; batch <= 9; batch++)
        {
            Sequence[] together = [.. prompts.Take(batch).Select(prompt => model.Add(prompt, Continued))];
            model.Run();
            for (int i = 0; i < batch; i++)
            {
                AssertSameBits(alone[i], model.Rows(together[i]), $"sequence {i} of {batch}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Shared_prefix_gives_the_bits_of_a_computed_one(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] prefix = Tokens(1, 70);
        int[] prompt = [.. prefix, .. Tokens(2, 9)];
        IReadOnlyList<float[]> computed;
        using (ScheduledModel fresh = new(tiny.Path, kv, blocks: 64))
        {
            computed = Alone(fresh, prompt);
        }

        using ScheduledModel model = new(tiny.Path, kv, blocks: 64);
        model.Add([.. prefix, .. Tokens(3, 5)], Continued);
        model.Run(steps: 3);
        Sequence shared = model.Add(prompt, Continued);
        model.Run();
        Assert.InRange(shared.CachedTokens, KvCache.BlockSize, prefix.Length);
        AssertSameBits(computed, model.Rows(shared), "after a shared prefix");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Preempted_sequence_resumes_with_the_same_bits(string variant, WeightType type, KvType kv)
    {
        using TinyModelFile tiny = new(variant, type);
        int[] prompt = Tokens(1, 50);
        using ScheduledModel model = new(tiny.Path, kv, blocks: (50 + Continued) / KvCache.BlockSize + 2);
        IReadOnlyList<float[]> undisturbed = Alone(model, prompt);
        Sequence low = model.Add(Tokens(1, 50), Continued);
        model.Run(steps: 4);
        model.Add(Tokens(5, 60), 2, priority: 1);
        model.Run();
        Assert.True(low.Preemptions > 0, "nothing was preempted");
        AssertSameBits(undisturbed, model.Rows(low), "after preemption");
    }

    static IReadOnlyList<float[]> Alone(ScheduledModel model, int[] prompt)
    {
        Sequence sequence = model.Add(prompt, Continued);
        model.Run();
        return model.Rows(sequence);
    }

    internal static int[] Tokens(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(TinyVocabulary.Size))];
    }

    internal static void AssertSameBits(IReadOnlyList<float[]> expected, IReadOnlyList<float[]> found, string what)
    {
        Assert.Equal(expected.Count, found.Count);
        for (int row = 0; row < expected.Count; row++)
        {
            ReadOnlySpan<int> a = MemoryMarshal.Cast<float, int>(expected[row]);
            ReadOnlySpan<int> b = MemoryMarshal.Cast<float, int>(found[row]);
            int same = a.CommonPrefixLength(b);
            Assert.True(same == a.Length, same < a.Length ? $"{what}: row {row}, token {same}: {expected[row][same]:r} and {found[row][same]:r}" : "");
        }
    }
}
