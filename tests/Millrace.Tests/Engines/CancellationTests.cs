using static Millrace.Tests.Engines.EngineRequests;

namespace Millrace.Tests.Engines;

/// <summary>Requests that end before their answer does.</summary>
public sealed class CancellationTests
{
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
}
