using Millrace.Sampling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

public sealed class ChoicesTests
{
    // A temperature at which the fake device's one peak is far from certain.
    static readonly SamplingParameters Random = new() { Temperature = 8, Seed = 5 };

    [Theory]
    [InlineData(64, 16)]
    [InlineData(64, 3)] // more choices than places
    [InlineData(16, 16)] // fewer blocks than they need together
    public async Task Choices_of_one_prompt_are_what_requests_with_their_seeds_get(int blocks, int maxSequences)
    {
        FakeDevice device = new(blocks);
        await using Engine engine = device.Start(context: 60, blocks: blocks, maxSequences: maxSequences);
        GenerationRequest request = Ask(30, 12);
        IReadOnlyList<Generation> choices = engine.SubmitMany(request, 6);
        int[][] answers = await Task.WhenAll(choices.Select(Read));
        Assert.Equal(12 * 6, answers.Sum(answer => answer.Length));
        Assert.True(answers.Distinct(new SequenceComparer()).Count() > 1);
        for (int i = 0; i < 6; i++)
        {
            Generation alone = engine.Submit(request with { CacheSalt = i + 1, Sampling = Random with { Seed = 5 + (ulong)i } });
            Assert.Equal(await Read(alone), answers[i]);
        }
    }

    [Fact]
    public async Task The_prompt_is_computed_and_counted_once()
    {
        FakeDevice device = new(256);
        await using Engine engine = device.Start(blocks: 256);
        IReadOnlyList<Generation> choices = engine.SubmitMany(Ask(30, 10), 8);
        await Task.WhenAll(choices.Select(Read));
        Assert.Equal(30 + 8 * 9, engine.Totals.ComputedTokens);
        Assert.Equal(new Usage(30, 0, 10), choices[0].Usage);
        Assert.All(choices.Skip(1), choice => Assert.Equal(new Usage(0, 0, 10), choice.Usage));
        Assert.Equal(Enumerable.Range(0, 8), choices.Select(choice => choice.Choice));
        Assert.Equal(engine.Totals.Consumption, choices.Aggregate(default(Consumption), (sum, choice) => sum + choice.Consumption));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Few_tokens_are_enough_for_choices(int maxTokens)
    {
        await using Engine engine = new FakeDevice().Start();
        IReadOnlyList<Generation> choices = engine.SubmitMany(Ask(9, maxTokens), 4);
        Assert.All(await Task.WhenAll(choices.Select(Read)), answer => Assert.Equal(maxTokens, answer.Length));
        Assert.All(choices, choice => Assert.Equal(FinishReason.Length, choice.FinishReason));
    }

    [Fact]
    public async Task When_the_first_choice_is_cancelled_in_its_prompt_the_others_go_on()
    {
        FakeDevice device = new();
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (_, _) => gate.Wait();
        await using Engine engine = device.Start(stepTokens: 8);
        IReadOnlyList<Generation> choices = engine.SubmitMany(Ask(30, 10), 4);
        gate.Release();
        choices[0].Cancel();
        choices[2].Cancel();
        gate.Release(1000);
        int[][] answers = await Task.WhenAll(choices.Select(Read));
        Assert.Equal([0, 10, 0, 10], answers.Select(answer => answer.Length));
        Assert.Equal(FinishReason.Cancelled, choices[2].FinishReason);
        Generation alone = engine.Submit(Ask(30, 10) with { CacheSalt = 1, Sampling = Random with { Seed = 8 } });
        Assert.Equal(await Read(alone), answers[3]);
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Fact]
    public async Task A_running_generation_says_how_far_it_is()
    {
        FakeDevice device = new();
        using SemaphoreSlim gate = new(0);
        using SemaphoreSlim arrived = new(0);
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            gate.Wait();
        };
        await using Engine engine = device.Start(stepTokens: 8);
        Generation generation = engine.Submit(Ask(12, 5));
        List<GenerationProgress> seen = [];
        for (int step = 0; step < 4; step++)
        {
            await arrived.WaitAsync(TestContext.Current.CancellationToken);
            seen.Add(generation.Progress);
            gate.Release();
        }

        gate.Release(1000);
        await Read(generation);
        seen.Add(generation.Progress);
        Assert.Equal([new(true, 0, 0), new(true, 8, 0), new(true, 12, 1), new(true, 12, 2), new(true, 12, 5)], seen);
    }

    static GenerationRequest Ask(int prompt, int maxTokens) =>
        new() { Prompt = SchedulerTests.Bench.Tokens(1, prompt), MaxTokens = maxTokens, Sampling = Random, StopTokens = new HashSet<int>() };

    static async Task<int[]> Read(Generation generation)
    {
        List<int> tokens = [];
        await foreach (TokenOutput output in generation)
        {
            tokens.Add(output.Token);
        }

        return [.. tokens];
    }

    sealed class SequenceComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x!.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => obj[0];
    }
}
