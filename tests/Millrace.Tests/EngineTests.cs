using static Millrace.Tests.Engines.EngineRequests;

namespace Millrace.Tests;

/// <summary>What an engine answers.</summary>
public sealed class EngineTests
{
    [Fact]
    public async Task Many_requests_at_once_each_get_what_they_get_alone()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start();
        int[][] prompts = [.. Enumerable.Range(0, 40).Select(i => Tokens(i % 13, 1 + i % 20))];
        List<TokenOutput>[] answers = await Task.WhenAll(prompts.Select(prompt => Task.Run(() => Read(engine.Submit(Ask(prompt, 150))))));
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(device.Model.Continue(prompts[i], 150), answers[i].Select(output => output.Token));
        }
    }

    [Fact]
    public async Task It_ends_at_a_stop_token_without_showing_it()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start();
        int[] prompt = Tokens(1, 5);
        int[] expected = device.Model.Continue(prompt, 30);
        int stop = expected[7];
        Generation generation = engine.Submit(Ask(prompt, 30) with { StopTokens = new HashSet<int> { stop } });
        List<TokenOutput> answer = await Read(generation);
        Assert.Equal(expected.TakeWhile(token => token != stop), answer.Select(output => output.Token));
        Assert.Equal(FinishReason.Stop, generation.FinishReason);
        Assert.Equal(new Usage(5, 0, answer.Count), generation.Usage);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    public async Task It_ends_at_the_number_of_tokens_asked_for(int tokens)
    {
        await using Engine engine = new FakeDevice().Start();
        Generation generation = engine.Submit(Ask(Tokens(1, 5), tokens));
        Assert.Equal(tokens, (await Read(generation)).Count);
        Assert.Equal(FinishReason.Length, generation.FinishReason);
    }

    [Theory]
    [InlineData(64, 200, 10, 190, null)]
    [InlineData(64, 200, 10, 191, "context of 200")]
    [InlineData(64, 200, 200, null, "context of 200")]
    [InlineData(64, 200, 199, null, null)]
    [InlineData(8, 200, 10, 23, null)]
    [InlineData(8, 200, 10, 24, "KV cache of 32")]
    [InlineData(8, 200, 33, 0, "KV cache of 32")]
    [InlineData(8, 200, 10, int.MaxValue, "context of 200")]
    public async Task What_has_no_room_is_refused_at_once_and_never_cut(int blocks, int context, int prompt, int? maxTokens, string? refusal)
    {
        await using Engine engine = new FakeDevice(blocks).Start(context: context, blocks: blocks);
        GenerationRequest request = Ask(Tokens(1, prompt), 0) with { MaxTokens = maxTokens };
        if (refusal is null)
        {
            Assert.Equal(maxTokens ?? context - prompt, (await Read(engine.Submit(request))).Count);
            return;
        }

        ContextLengthException error = Assert.Throws<ContextLengthException>(() => engine.Submit(request));
        Assert.Contains(refusal, error.Message, StringComparison.Ordinal);
        Assert.Equal(prompt, error.PromptTokens);
    }

    public static TheoryData<string, GenerationRequest> Wrong => new()
    {
        { "Prompt length", Ask([], 1) },
        { "Prompt token", Ask([1, FakeDevice.Vocabulary], 1) },
        { "Prompt token", Ask([-1], 1) },
        { "MaxTokens", Ask([1], -1) },
        { "TopLogProbabilities", Ask([1], 1) with { TopLogProbabilities = -1 } },
        { "TopLogProbabilities", Ask([1], 1) with { TopLogProbabilities = 51 } },
        { "PromptLogitsFrom", Ask([1, 2], 1) with { PromptLogitsFrom = 2 } },
        { "Temperature", Ask([1], 1) with { Sampling = new() { Temperature = float.NaN } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_request_is_refused_with_its_name_and_range(string name, GenerationRequest request)
    {
        await using Engine engine = new FakeDevice().Start();
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => engine.Submit(request));
        Assert.Equal(name, error.ParamName);
        Assert.Contains("must be from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_request_says_how_much_of_its_prompt_was_cached()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start();
        int[] prompt = Tokens(1, 20);
        await Read(engine.Submit(Ask(prompt, 3)));
        Generation again = engine.Submit(Ask(prompt, 3));
        await Read(again);
        Assert.Equal(new Usage(20, 19, 3), again.Usage);
        Generation salted = engine.Submit(Ask(prompt, 3) with { CacheSalt = 7 });
        await Read(salted);
        Assert.Equal(new Usage(20, 0, 3), salted.Usage);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    [InlineData(19)]
    public async Task The_logits_of_a_prompt_come_in_order_each_once(int from)
    {
        FakeDevice device = new();
        await using Engine engine = device.Start(stepTokens: 6);
        int[] prompt = Tokens(1, 20);
        await Read(engine.Submit(Ask(prompt, 1))); // it is cached now
        List<(int Position, int Token)> seen = [];
        Generation generation = engine.Submit(Ask(prompt, 2) with
        {
            PromptLogitsFrom = from,
            PromptLogits = (position, logits) => seen.Add((position, logits.IndexOf(5f))),
        });
        List<TokenOutput> answer = await Read(generation);
        Assert.Equal(Enumerable.Range(from, 20 - from).Select(position => (position, device.Model.Continue(prompt[..(position + 1)], 1)[0])), seen);
        Assert.Equal(device.Model.Continue(prompt, 2), answer.Select(output => output.Token));
    }

    [Fact]
    public async Task Log_probabilities_come_with_each_token_when_asked_for()
    {
        FakeDevice device = new();
        await using Engine engine = device.Start();
        List<TokenOutput> answer = await Read(engine.Submit(Ask(Tokens(1, 5), 4) with { TopLogProbabilities = 2 }));
        double expected = 5 - Math.Log(Math.Exp(5) + 49 * Math.Exp(-5));
        Assert.All(answer, output =>
        {
            Assert.Equal(3, output.LogProbabilities!.Count);
            Assert.Equal(output.Token, output.LogProbabilities[0].Token);
            Assert.Equal(expected, output.LogProbabilities[0].LogProbability, 1e-9);
            Assert.Equal(output.LogProbabilities[0], output.LogProbabilities[1]);
            Assert.Equal(expected - 10, output.LogProbabilities[2].LogProbability, 1e-9);
        });
    }

    [Fact]
    public async Task A_generation_is_read_once()
    {
        await using Engine engine = new FakeDevice().Start();
        Generation generation = engine.Submit(Ask(Tokens(1, 5), 2));
        await Read(generation);
        Assert.Throws<InvalidOperationException>(() => generation.GetAsyncEnumerator(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Timings_are_taken_from_the_clock_given()
    {
        FakeDevice device = new();
        ManualClock clock = new();
        device.BeforeStep = (_, _) => clock.Advance(TimeSpan.FromSeconds(1));
        await using Engine engine = device.Start(stepTokens: 8, clock: clock);
        Generation generation = engine.Submit(Ask(Tokens(1, 20), 4));
        await Read(generation);
        Assert.Equal(new Timings(TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)), generation.Timings);
    }
}
