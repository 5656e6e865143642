using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Kernels;
using Millrace.Sampling;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Conformance.Reference;

namespace Millrace.Tests.Conformance;

/// <summary>Texts as vectors: pooled hidden states of length 1.</summary>
public sealed class EmbeddingTests
{
    const int Count = 40;

    public static TheoryData<string> Variants => [.. TinyModels.Names];

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task Embedding_is_the_mean_of_the_reference_s_hidden_states(string variant)
    {
        using TinyModelFile tiny = new(variant, WeightType.F32);
        int[] tokens = Tokens(Count);
        using GgufFile file = GgufFile.Open(tiny.Path);
        double[] expected = Unit(Mean(new ReferenceModel(file, 256, halfCache: false).Hidden(tokens)));
        float[] vector = await Embed(tiny.Path, tokens, KvType.F32);
        Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 1e-6);
        Assert.InRange(Distance(expected, vector), 0, 2e-5);
    }

    [Theory]
    [InlineData("llama", "llama", null)]
    [InlineData("llama", "llama", 0)]
    [InlineData("qwen3", "qwen3", 1)]
    [InlineData("llama", "llama", 2)]
    [InlineData("qwen3", "qwen3", 3)]
    public async Task The_file_names_the_pooling(string variant, string architecture, int? type)
    {
        TinyModelBuilder model = TinyModels.Build(variant, WeightType.F32);
        if (type is not null)
        {
            model.Set("pooling_type", (uint)type);
        }

        using TinyModelFile tiny = new(model);
        int[] tokens = Tokens(20);
        using GgufFile file = GgufFile.Open(tiny.Path);
        Assert.Equal(architecture, file.Metadata.String("general.architecture"));
        double[][] hidden = new ReferenceModel(file, 256, halfCache: false).Hidden(tokens);
        double[] expected = Unit(type switch { 2 => hidden[0], 3 => hidden[^1], _ => Mean(hidden) });
        Assert.InRange(Distance(expected, await Embed(tiny.Path, tokens, KvType.F32)), 0, 2e-5);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3moe")]
    [InlineData("gemma3")]
    public async Task Embedding_has_the_same_bits_whatever_runs_beside_it(string variant)
    {
        using TinyModelFile tiny = new(variant, WeightType.Q4_0);
        int[][] texts = [.. Enumerable.Range(1, 6).Select(i => Tokens(i * 13, seed: i))];
        await using Engine alone = Load(tiny.Path, stepTokens: 512);
        await using Engine busy = Load(tiny.Path, stepTokens: 11);
        Generation[] others = [.. Enumerable.Range(0, 3).Select(i => busy.Submit(Ask(Tokens(5, seed: 50 + i)) with { MaxTokens = 60 }))];
        float[][] beside = await Task.WhenAll(texts.Select(async text => (await busy.EmbedAsync(Ask(text), TestContext.Current.CancellationToken)).Embedding.ToArray()));
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal((await alone.EmbedAsync(Ask(texts[i]), TestContext.Current.CancellationToken)).Embedding.ToArray(), beside[i]);
        }

        // The others' tokens are theirs alone, too.
        foreach (Generation other in others)
        {
            Assert.Equal(await Read(alone.Submit(other.Request)), await Read(other));
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("mixtral")]
    [InlineData("qwen3")]
    [InlineData("phi3")]
    public async Task Embedding_equals_the_peers_in_full_precision(string variant)
    {
        LlamaCppPeer.Require();
        using TinyModelFile tiny = new(variant, WeightType.F32);
        using LlamaCppModel peer = new(tiny.Path);
        using LlamaCppContext context = new(peer, 256, LlamaCppContext.F32);
        int[] tokens = Tokens(80);
        double[] expected = Unit(Mean([.. context.AllHidden(tokens).Select(row => row.Select(x => (double)x).ToArray())]));
        Assert.InRange(Distance(expected, await Embed(tiny.Path, tokens, KvType.F32)), 0, 2e-6);
    }

    [Fact]
    public async Task Embedding_of_a_real_model_is_llama_cpp_s()
    {
        LlamaCppPeer.Require();
        string path = SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf");
        using LlamaCppModel peer = new(path);
        using LlamaCppContext context = new(peer, 256);
        int[] tokens = [.. "The mill stood beside a quiet river, and its wheel turned slowly.".Split(' ').SelectMany(word => peer.Tokenize(System.Text.Encoding.UTF8.GetBytes(" " + word), addSpecial: false, parseSpecial: false))];
        double[] expected = Unit(Mean([.. context.AllHidden(tokens).Select(row => row.Select(x => (double)x).ToArray())]));
        float[] vector = await Embed(path, tokens, KvType.F16);
        Assert.InRange(expected.Zip(vector, (a, b) => a * b).Sum(), 0.9995, 1.0000001);
    }

    [Fact]
    public async Task Usage_counts_the_text_and_no_answer()
    {
        using TinyModelFile tiny = new("llama", WeightType.Q4_0);
        await using Engine engine = Load(tiny.Path, 64);
        Generation embedding = await engine.EmbedAsync(Ask(Tokens(40)), TestContext.Current.CancellationToken);
        Assert.Equal(new Usage(40, 0, 0), embedding.Usage);
        Assert.Equal(engine.Totals.Consumption, embedding.Consumption);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.EmbedAsync(Ask(Tokens(40)), new CancellationToken(canceled: true)));
        await Assert.ThrowsAsync<TimeoutException>(() => engine.EmbedAsync(Ask(Tokens(40)) with { Deadline = TimeSpan.Zero }, TestContext.Current.CancellationToken));
        Assert.Throws<ContextLengthException>(() => engine.EmbedAsync(Ask(Tokens(257)), TestContext.Current.CancellationToken).GetAwaiter().GetResult());
    }

    static async Task<float[]> Embed(string path, int[] tokens, KvType type)
    {
        await using Engine engine = Load(path, stepTokens: 512, type);
        return (await engine.EmbedAsync(Ask(tokens), TestContext.Current.CancellationToken)).Embedding.ToArray();
    }

    static Engine Load(string path, int stepTokens, KvType type = KvType.F16)
    {
        using GgufFile file = GgufFile.Open(path);
        return Engine.Load(file, new EngineOptions { Device = new CpuOptions { Threads = 1, Context = 256, KvBlocks = 64, MaxTokens = stepTokens, KvType = type } });
    }

    static GenerationRequest Ask(int[] tokens) => new() { Prompt = tokens, Sampling = new SamplingParameters { Temperature = 0 }, StopTokens = new HashSet<int>() };

    static async Task<List<int>> Read(Generation generation)
    {
        List<int> tokens = [];
        await foreach (TokenOutput output in generation)
        {
            tokens.Add(output.Token);
        }

        return tokens;
    }

    static int[] Tokens(int count, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(200))];
    }

    static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(row => row[i]))];

    static double[] Unit(double[] vector)
    {
        double length = Math.Sqrt(vector.Sum(x => x * x));
        return [.. vector.Select(x => x / length)];
    }

    static double Distance(double[] expected, float[] actual) => Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Sum());
}
