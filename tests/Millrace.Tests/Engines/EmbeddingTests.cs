using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tests.Conformance.Models;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

public sealed class EmbeddingTests
{
    public static TheoryData<string, WeightType> Models => new()
    {
        { "llama", WeightType.F32 },
        { "llama-odd", WeightType.Q4_0 },
        { "qwen3moe", WeightType.Q4_K },
        { "gemma3", WeightType.Q6_K },
        { "phi3", WeightType.F16 },
        { "gpt-oss", WeightType.MXFP4 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Chunks_threads_and_company_do_not_change_a_bit(string variant, WeightType type)
    {
        using TinyModelFile tiny = new(variant, type);
        int[][] prompts = [.. new[] { 90, 1, 17, 64, 33 }.Select((length, i) => TinyTokens(i, length))];
        float[][] expected = [];
        foreach ((int chunk, int threads, int sequences) in new[] { (256, 1, 1), (7, 1, 8), (64, 2, 3), (1, 1, 1) })
        {
            await using Engine engine = Load(tiny, new() { Context = 256, MaxTokens = chunk, Threads = threads, HeadRows = 5 }, sequences);
            Task<int> company = Read(engine.Submit(new() { Prompt = TinyTokens(9, 40), MaxTokens = 30, StopTokens = new HashSet<int>() }));
            Generation[] made = await Task.WhenAll(prompts.Select(prompt => Embed(engine, prompt)));
            float[][] vectors = [.. made.Select(generation => generation.Embedding.ToArray())];
            expected = expected.Length == 0 ? vectors : expected;
            for (int i = 0; i < prompts.Length; i++)
            {
                Assert.Equal(expected[i].Select(BitConverter.SingleToInt32Bits), vectors[i].Select(BitConverter.SingleToInt32Bits));
                Assert.Equal(1, vectors[i].Sum(value => (double)value * value), 1e-6);
                Assert.Equal(engine.EmbeddingWidth, vectors[i].Length);
            }

            Assert.Equal(30, await company);
        }
    }

    [Theory]
    [InlineData(null, Pooling.Mean)]
    [InlineData(0u, Pooling.Mean)]
    [InlineData(1u, Pooling.Mean)]
    [InlineData(2u, Pooling.First)]
    [InlineData(3u, Pooling.Last)]
    public async Task The_file_says_how_states_are_pooled(uint? type, Pooling pooling)
    {
        using TinyModelFile tiny = Pooled(type);
        await using Engine engine = Load(tiny, new() { Context = 64, Threads = 1, MaxTokens = 16 }, 4);
        Assert.Equal(pooling, engine.Pooling);
        int[] prompt = TinyTokens(3, 40);
        int[] same = pooling == Pooling.First ? prompt[..1] : prompt;
        ReadOnlyMemory<float> whole = (await Embed(engine, prompt)).Embedding;
        ReadOnlyMemory<float> again = (await Embed(engine, same)).Embedding;
        Assert.Equal(whole.ToArray(), again.ToArray());
        ReadOnlyMemory<float> other = (await Embed(engine, prompt[..^1])).Embedding;
        Assert.Equal(pooling == Pooling.First, other.Span.SequenceEqual(whole.Span));
    }

    [Fact]
    public async Task A_model_that_ranks_is_refused_by_name()
    {
        using TinyModelFile tiny = Pooled(4u);
        await using Engine engine = Load(tiny, new() { Context = 64, Threads = 1 }, 4);
        NotSupportedException error = await Assert.ThrowsAsync<NotSupportedException>(() => Embed(engine, [1, 2]));
        Assert.Contains("pooling_type is 4 (rank)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_pooling_is_refused_by_name()
    {
        using TinyModelFile tiny = Pooled(5u);
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => Load(tiny, new() { Context = 64, Threads = 1 }, 4));
        Assert.Contains("llama.pooling_type", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cached_prefixes_leave_no_state_out()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start();
        int[] prompt = SchedulerTests.Bench.Tokens(1, 30);
        await Read(engine.Submit(new() { Prompt = prompt, MaxTokens = 4, StopTokens = new HashSet<int>() }));
        Generation embedded = await Embed(engine, prompt);
        Assert.Equal(new Usage(30, 0, 0), embedded.Usage);
        Assert.Equal(Expected(device, prompt), embedded.Embedding.ToArray());
    }

    [Fact]
    public async Task A_preempted_embedding_counts_each_state_once()
    {
        FakeDevice device = new(24);
        using SemaphoreSlim begun = new(0);
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (step, _) =>
        {
            if (step == 3)
            {
                begun.Release();
                gate.Wait();
            }
        };
        await using Engine engine = device.Start(context: 96, blocks: 24, stepTokens: 8);
        int[] prompt = SchedulerTests.Bench.Tokens(1, 60);
        Task<Generation> embedding = Embed(engine, prompt);
        await begun.WaitAsync(TestContext.Current.CancellationToken); // 24 of its tokens are computed
        Task<int> other = Read(engine.Submit(new() { Prompt = SchedulerTests.Bench.Tokens(2, 60), MaxTokens = 30, Priority = 1, StopTokens = new HashSet<int>() }));
        gate.Release();
        Generation ended = await embedding;
        Assert.Equal(30, await other);
        Assert.Equal(1, engine.Totals.Preemptions);
        Assert.True(engine.Totals.RecomputedTokens > 0);
        Assert.Equal(Expected(device, prompt), ended.Embedding.ToArray());
    }

    [Fact]
    public async Task The_sums_of_all_shares_are_the_engines_counters()
    {
        await using Engine engine = new FakeDevice().Start(stepTokens: 8);
        Generation generation = engine.Submit(new() { Prompt = SchedulerTests.Bench.Tokens(7, 21), MaxTokens = 9, StopTokens = new HashSet<int>() });
        Task<int> read = Read(generation);
        Generation[] embedded = await Task.WhenAll(Enumerable.Range(1, 5).Select(seed => Embed(engine, SchedulerTests.Bench.Tokens(seed, 10 * seed))));
        await read;
        Assert.Equal(engine.Totals.Consumption, embedded.Append(generation).Aggregate(default(Consumption), (sum, one) => sum + one.Consumption));
        Assert.Equal(150 + 21 + 8, engine.Totals.ComputedTokens);
        Assert.Equal(9, engine.Totals.CompletionTokens);
        Assert.All(embedded, one => Assert.Equal(FinishReason.Stop, one.FinishReason));
    }

    [Fact]
    public async Task Cancelling_gives_all_blocks_back()
    {
        FakeDevice device = new();
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (_, _) => gate.Wait();
        Engine engine = device.Start(stepTokens: 4);
        using CancellationTokenSource source = new();
        Task<Generation> embedding = Embed(engine, SchedulerTests.Bench.Tokens(1, 50), source.Token);
        gate.Release();
        await source.CancelAsync();
        gate.Release(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Fact]
    public async Task What_does_not_fit_is_refused()
    {
        await using Engine engine = new FakeDevice().Start(context: 40);
        Assert.Equal(40, (await Embed(engine, SchedulerTests.Bench.Tokens(1, 40))).Usage.PromptTokens);
        await Assert.ThrowsAsync<ContextLengthException>(() => Embed(engine, SchedulerTests.Bench.Tokens(1, 41)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Embed(engine, []));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Embed(engine, [FakeDevice.Vocabulary]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Submit(new() { Prompt = [1], Embed = true, MaxTokens = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.SubmitMany(new() { Prompt = [1], Embed = true }, 2));
        Assert.Throws<ArgumentException>(() => engine.Submit(new() { Prompt = [1], Embed = true, PromptLogits = static (_, _) => { } }));
    }

    /// <summary>The fake device's states are (the token that follows, 1).</summary>
    static float[] Expected(FakeDevice device, int[] prompt)
    {
        double sum = Enumerable.Range(1, prompt.Length).Sum(count => (double)device.Model.Continue(prompt[..count], 1)[0]);
        double scale = 1 / Math.Sqrt(sum * sum + (double)prompt.Length * prompt.Length);
        return [(float)(sum * scale), (float)(prompt.Length * scale)];
    }

    static TinyModelFile Pooled(uint? type)
    {
        TinyModelBuilder model = TinyModels.Build("llama", WeightType.F32);
        if (type is { } value)
        {
            model.Set("pooling_type", value);
        }

        return new(model);
    }

    static Engine Load(TinyModelFile tiny, CpuOptions options, int sequences)
    {
        using GgufFile file = GgufFile.Open(tiny.Path);
        return Engine.Load(file, new() { Device = options with { KvBlocks = 64 }, MaxSequences = sequences });
    }

    static int[] TinyTokens(int seed, int count) => [.. Enumerable.Range(0, count).Select(i => (i * 7919 + 13 + seed * 101) % (TinyVocabulary.Size - 2))];

    static Task<Generation> Embed(Engine engine, IReadOnlyList<int> prompt, CancellationToken? token = null) => engine.EmbedAsync(new() { Prompt = prompt }, token ?? TestContext.Current.CancellationToken);

    static async Task<int> Read(Generation generation)
    {
        int count = 0;
        await foreach (TokenOutput _ in generation)
        {
            count++;
        }

        return count;
    }
}
