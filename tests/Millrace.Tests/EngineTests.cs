using Millrace.Sampling;

namespace Millrace.Tests;

public sealed class EngineTests
{
    static readonly SamplingParameters Greedy = new() { Temperature = 0 };

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
    public async Task Leaving_the_stream_cancels_within_one_step()
    {
        FakeDevice device = new();
        int stepsWithIt = 0;
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (_, batch) =>
        {
            stepsWithIt++;
            gate.Wait();
        };
        await using Engine engine = device.Start();
        Generation generation = engine.Submit(Ask(Tokens(1, 4), 100));
        gate.Release(3);
        int read = 0;
        await foreach (TokenOutput _ in generation)
        {
            if (++read == 3)
            {
                break; // the fourth step is at the gate, or about to come to it
            }
        }

        gate.Release(100);
        Generation other = engine.Submit(Ask(Tokens(2, 4), 1));
        await Read(other);
        Assert.Equal(FinishReason.Cancelled, generation.FinishReason);
        Assert.InRange(stepsWithIt, 4, 5);
    }

    [Fact]
    public async Task A_cancelled_token_ends_the_reading_with_its_exception()
    {
        FakeDevice device = new();
        using CancellationTokenSource source = new();
        using ManualResetEventSlim reading = new();
        device.BeforeStep = (step, _) =>
        {
            reading.Wait();
            if (step == 5)
            {
                source.Cancel();
            }
        };
        await using Engine engine = device.Start();
        Generation generation = engine.Submit(Ask(Tokens(1, 4), 100));
        IAsyncEnumerator<TokenOutput> reader = generation.GetAsyncEnumerator(source.Token);
        reading.Set();
        int read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await reader.MoveNextAsync())
            {
                read++;
            }
        });
        Assert.Equal(6, read); // the step during which it was cancelled is the last
    }

    [Fact]
    public async Task Cancelling_early_late_twice_and_at_random_while_steps_fail_leaves_nothing_behind()
    {
        FakeDevice device = new(blocks: 24);
        bool failing = true;
        device.BeforeStep = (step, _) =>
        {
            if (failing && step % 37 == 36)
            {
                throw new InsufficientMemoryException();
            }
        };
        await using Engine engine = device.Start(blocks: 24, context: 60);
        var random = new Random(3);
        List<Task> tasks = [];
        for (int i = 0; i < 1000; i++)
        {
            Generation generation = engine.Submit(Ask(Tokens(i % 5, 1 + random.Next(30)), random.Next(20)));
            int after = random.Next(25);
            tasks.Add(Task.Run(async () =>
            {
                int read = 0;
                try
                {
                    await foreach (TokenOutput _ in generation)
                    {
                        if (++read >= after)
                        {
                            generation.Cancel();
                            generation.Cancel();
                        }
                    }
                }
                catch (GenerationException)
                {
                    Assert.Equal(FinishReason.Error, generation.FinishReason);
                }

                generation.Cancel();
                Assert.NotNull(generation.FinishReason);
            }, TestContext.Current.CancellationToken));
        }

        await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        failing = false;
        int[] prompt = Tokens(99, 7);
        Assert.Equal(device.Model.Continue(prompt, 9), (await Read(engine.Submit(Ask(prompt, 9)))).Select(output => output.Token));
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public async Task An_exception_in_a_step_fails_its_sequences_and_the_engine_goes_on(int step)
    {
        FakeDevice device = new();
        device.BeforeStep = (number, _) =>
        {
            if (number == step)
            {
                throw new InvalidOperationException("the forward failed");
            }
        };
        await using Engine engine = device.Start();
        Generation[] generations = [.. Enumerable.Range(0, 3).Select(i => engine.Submit(Ask(Tokens(i, 20), 20)))];
        int failed = 0;
        foreach (Generation generation in generations)
        {
            try
            {
                await Read(generation);
            }
            catch (GenerationException error)
            {
                Assert.Equal("the forward failed", error.InnerException!.Message);
                Assert.Equal(FinishReason.Error, generation.FinishReason);
                failed++;
            }
        }

        Assert.InRange(failed, 1, 3);
        int[] prompt = Tokens(0, 20);
        Assert.Equal(device.Model.Continue(prompt, 9), (await Read(engine.Submit(Ask(prompt, 9)))).Select(output => output.Token));
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Fact]
    public async Task Logits_that_are_not_numbers_fail_their_sequence_alone()
    {
        FakeDevice device = new();
        int[] good = Tokens(1, 5);
        int[] bad = Tokens(2, 5);
        int[] expected = device.Model.Continue(good, 10);
        int poisoned = device.Model.Continue(bad, 10).First(token => !expected.Contains(token));
        device.OnLogits = (token, logits) => logits[0] = token == poisoned ? float.NaN : logits[0];
        await using Engine engine = device.Start();
        Generation first = engine.Submit(Ask(good, 10));
        Generation second = engine.Submit(Ask(bad, 10));
        GenerationException error = await Assert.ThrowsAsync<GenerationException>(() => Read(second));
        Assert.IsType<SamplingException>(error.InnerException);
        Assert.Equal(expected, (await Read(first)).Select(output => output.Token));
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
    public async Task An_observer_that_throws_fails_its_request_alone_and_is_not_called_again()
    {
        FakeDevice device = new();
        using ManualResetEventSlim both = new();
        device.BeforeStep = (_, _) => both.Wait();
        await using Engine engine = device.Start(stepTokens: 16);
        int calls = 0;
        Generation bad = engine.Submit(Ask(Tokens(1, 40), 2) with
        {
            PromptLogits = (position, _) =>
            {
                calls++;
                if (position == 20)
                {
                    throw new InvalidDataException("no"); // in a step with the other's tokens
                }
            },
        });
        Generation good = engine.Submit(Ask(Tokens(2, 1), 6));
        both.Set();
        Assert.IsType<InvalidDataException>((await Assert.ThrowsAsync<GenerationException>(() => Read(bad))).InnerException);
        Assert.Equal(device.Model.Continue(Tokens(2, 1), 6), (await Read(good)).Select(output => output.Token));
        Assert.Equal(21, calls);
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
    public async Task Disposing_cancels_what_runs_and_refuses_what_comes()
    {
        FakeDevice device = new();
        Engine engine = device.Start();
        Generation[] generations = [.. Enumerable.Range(0, 30).Select(i => engine.Submit(Ask(Tokens(i, 10), 180)))];
        await engine.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => engine.Submit(Ask([1], 1)));
        foreach (Generation generation in generations)
        {
            await Read(generation).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.True(generation.FinishReason is FinishReason.Cancelled or FinishReason.Length);
        }

        await engine.DisposeAsync();
    }

    [Fact]
    public async Task The_loop_allocates_nothing_between_tokens()
    {
        FakeDevice device = new(blocks: 600);
        List<long> allocated = new(5); // by the loop's thread, at steps 100, 200 …
        device.BeforeStep = (step, _) =>
        {
            if (step % 100 == 0 && step > 0)
            {
                allocated.Add(GC.GetAllocatedBytesForCurrentThread());
            }
        };
        await using Engine engine = device.Start(context: 2000, blocks: 600);
        Generation[] generations = [.. Enumerable.Range(0, 4).Select(i => engine.Submit(Ask(Tokens(i, 10), 500)))];
        await Task.WhenAll(generations.Select(Count));
        long[] perHundred = [.. allocated.Zip(allocated.Skip(1), (before, after) => after - before)];
        Assert.True(perHundred.Length >= 4);
        // The thread pool allocates once when a reader is woken for the first time, which may be late; steps never do.
        Assert.True(perHundred.Count(bytes => bytes == 0) >= 3, string.Join(' ', perHundred));
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

    static GenerationRequest Ask(int[] prompt, int maxTokens) =>
        new() { Prompt = prompt, MaxTokens = maxTokens, Sampling = Greedy, StopTokens = new HashSet<int>() };

    static int[] Tokens(int seed, int count) => Scheduling.SchedulerTests.Bench.Tokens(seed, count);

    static async Task<List<TokenOutput>> Read(Generation generation)
    {
        List<TokenOutput> outputs = [];
        await foreach (TokenOutput output in generation)
        {
            outputs.Add(output);
        }

        return outputs;
    }

    static async Task<int> Count(Generation generation)
    {
        int count = 0;
        await foreach (TokenOutput _ in generation)
        {
            count++;
        }

        return count;
    }
}
