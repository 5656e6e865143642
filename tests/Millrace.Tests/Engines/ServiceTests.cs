using Millrace.Cache;
using Millrace.Sampling;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Scheduling;
using Millrace.Tests.Scheduling;

namespace Millrace.Tests.Engines;

/// <summary>What a server asks of an engine besides tokens.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task A_full_queue_refuses_and_says_when_there_is_room()
    {
        FakeDevice device = new();
        ManualClock clock = new();
        clock.Advance(TimeSpan.FromSeconds(1));
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (_, _) =>
        {
            gate.Wait();
            clock.Advance(TimeSpan.FromSeconds(1));
        };
        await using Engine engine = device.Start(maxSequences: 1, clock: clock, with: options => options with { MaxQueuedRequests = 4 });
        List<Generation> taken = [.. Enumerable.Range(0, 4).Select(i => engine.Submit(Ask(i, 4, 2)))];
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Throws<EngineBusyException>(() => Fill(engine, taken)).RetryAfter); // nothing is known yet
        gate.Release(6);
        await Read(taken[2]);
        EngineBusyException busy = Assert.Throws<EngineBusyException>(() => Fill(engine, taken));
        Assert.Equal(4, busy.QueuedRequests);
        Assert.Equal(16, busy.QueuedTokens);
        // Each takes 2 s, and others will come; the one that runs may have begun this moment, which adds that.
        double expected = (4 + 2 * Math.Sqrt(4)) * 2 / 2;
        Assert.InRange(busy.RetryAfter.TotalSeconds, expected, expected + 2);
        gate.Release(1000);
        await Task.WhenAll(taken.Where((_, i) => i != 2).Select(Read));
        Assert.Equal(0, engine.QueuedRequests);
    }

    [Fact]
    public async Task A_queue_full_of_tokens_refuses_but_takes_anything_when_it_is_empty()
    {
        FakeDevice device = new();
        using SemaphoreSlim gate = new(0);
        device.BeforeStep = (_, _) => gate.Wait();
        await using Engine engine = device.Start(maxSequences: 1, with: options => options with { MaxQueuedTokens = 30 });
        Generation large = engine.Submit(Ask(1, 60, 1));
        while (engine.QueuedRequests > 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Generation first = engine.Submit(Ask(1, 20, 1));
        Assert.Throws<EngineBusyException>(() => engine.Submit(Ask(1, 11, 1)));
        first.Cancel();
        gate.Release(1000);
        await Read(large);
        await Read(engine.Submit(Ask(1, 25, 1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deadline_ends_what_waits_and_what_runs(bool queued)
    {
        FakeDevice device = new();
        ManualClock clock = new();
        using ManualResetEventSlim all = new();
        device.BeforeStep = (_, _) =>
        {
            all.Wait();
            clock.Advance(TimeSpan.FromSeconds(1));
        };
        await using Engine engine = device.Start(maxSequences: 1, clock: clock);
        Generation running = engine.Submit(Ask(1, 4, 10) with { Deadline = queued ? null : TimeSpan.FromSeconds(3.5) });
        Generation waiting = engine.Submit(Ask(2, 4, 10) with { QueueDeadline = queued ? TimeSpan.FromSeconds(5) : null });
        all.Set();
        List<int> answer = await Read(running);
        List<int> other = await Read(waiting);
        Assert.Equal(queued ? (10, FinishReason.Length) : (4, FinishReason.Deadline), (answer.Count, running.FinishReason!.Value));
        Assert.Equal(queued ? (0, FinishReason.Deadline) : (10, FinishReason.Length), (other.Count, waiting.FinishReason!.Value));
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Fact]
    public async Task A_step_that_does_not_end_is_noticed_from_outside_and_forgiven_when_it_does()
    {
        FakeDevice device = new();
        ManualClock clock = new();
        clock.Advance(TimeSpan.FromSeconds(1));
        using SemaphoreSlim gate = new(0);
        using SemaphoreSlim arrived = new(0);
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            gate.Wait();
        };
        await using Engine engine = device.Start(clock: clock, with: options => options with { StepTimeout = TimeSpan.FromSeconds(10) });
        Assert.Equal(EngineState.Ready, engine.Health.State);
        Generation generation = engine.Submit(Ask(1, 4, 3));
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(EngineState.Ready, engine.Health.State);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((EngineState.Wedged, 11), (engine.Health.State, engine.Health.StepTime.TotalSeconds));
        gate.Release(1000);
        await Read(generation);
        Assert.Equal(EngineState.Ready, engine.Health.State);
        await engine.DisposeAsync();
        Assert.Equal(EngineState.Stopped, engine.Health.State);
    }

    [Fact]
    public async Task A_snapshot_shows_what_runs_waits_and_is_cached()
    {
        FakeDevice device = new(blocks: 16);
        using SemaphoreSlim gate = new(0);
        using SemaphoreSlim arrived = new(0);
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            gate.Wait();
        };
        List<StepReport> steps = [];
        await using Engine engine = device.Start(blocks: 16, maxSequences: 1, with: options => options with
        {
            StepObserver = (in StepReport step) =>
            {
                steps.Add(step);
                throw new InvalidOperationException("has no say");
            },
        });
        Assert.Equal(16, engine.Snapshot.KvBlocks);
        Generation[] generations = [engine.Submit(Ask(1, 8, 3)), engine.Submit(Ask(2, 8, 1))];
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        gate.Release();
        await arrived.WaitAsync(TestContext.Current.CancellationToken);
        EngineSnapshot first = engine.Snapshot;
        Assert.Equal((1, 2, 1), (first.Running, first.KvBlocksUsed, first.Waiting));
        Assert.Equal((1, 1, 8, 0, 1), (first.Step.Number, first.Step.Sequences, first.Step.Tokens, first.Step.Decodes, first.Step.NewTokens));
        gate.Release(1000);
        await Task.WhenAll(generations.Select(Read));
        while (engine.Snapshot.Running > 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        EngineSnapshot last = engine.Snapshot;
        Assert.Equal((0, 0, 4, 0.0), (last.Waiting, last.KvBlocksUsed, last.KvBlocksCached, last.TokensPerSecond));
        Assert.Equal((4, 16, 4), (last.Totals.Steps, last.Totals.PromptTokens, last.Totals.CompletionTokens));
        Assert.Equal([8, 1, 1, 8], steps.Select(step => step.Tokens));
    }

    [Fact]
    public async Task A_trace_says_what_became_of_a_request()
    {
        FakeDevice device = new();
        using ManualResetEventSlim both = new();
        device.BeforeStep = (_, _) => both.Wait();
        await using Engine engine = device.Start(stepTokens: 8, maxSequences: 1);
        Generation first = engine.Submit(Ask(1, 20, 4));
        Generation second = engine.Submit(Ask(1, 20, 4));
        both.Set();
        await Read(first);
        await Read(second);
        Assert.Equal(new GenerationTrace(0, PrefixMiss.FirstBlockUnknown, 0, 6, 3, 0, 0), first.Trace);
        Assert.Equal(new GenerationTrace(5, PrefixMiss.NothingMissing, 6, 4, 1, 0, 0), second.Trace with { StepsWaited = second.Trace.StepsWaited is 5 or 6 ? 6 : 0 });
    }

    [Fact]
    public async Task A_request_knows_which_kernels_ran_in_its_steps()
    {
        KernelLog[] kernels = [new(WeightType.Q4_K), new(WeightType.Q6_K), new(WeightType.F32)];
        FakeDevice device = new() { Kernels = kernels };
        using ManualResetEventSlim both = new();
        device.BeforeStep = (step, batch) =>
        {
            both.Wait();
            KernelPath path = batch.Tokens.Count > 2 ? KernelPath.Avx512Vnni : KernelPath.Avx2;
            kernels[0].Add(path);
            kernels[0].Add(path); // every thread says so
            kernels[1].Add(KernelPath.Scalar);
        };
        await using Engine engine = device.Start(stepTokens: 8, maxSequences: 1);
        Generation first = engine.Submit(Ask(1, 20, 4));
        Generation second = engine.Submit(Ask(1, 20, 4));
        both.Set();
        await Read(first);
        await Read(second);
        Assert.Equal([new(WeightType.Q4_K, KernelPath.Avx2, 0, 3), new(WeightType.Q4_K, KernelPath.Avx512Vnni, 3, 0), new(WeightType.Q6_K, KernelPath.Scalar, 3, 3)], first.Kernels);
        Assert.Equal((1, 3), (second.Trace.PromptSteps, second.Trace.Steps - second.Trace.PromptSteps)); // nearly all of its prompt was found
        Assert.Equal([(1, 3), (1, 3)], second.Kernels.GroupBy(steps => steps.Weights).Select(steps => (steps.Sum(item => item.PromptSteps), steps.Sum(item => item.DecodeSteps))));
    }

    [Theory]
    [InlineData("Class", 3, 1)]
    [InlineData("TenantWeight", 0, 0)]
    public async Task Wrong_classes_and_weights_are_refused(string name, int serviceClass, int weight)
    {
        await using Engine engine = new FakeDevice().Start();
        GenerationRequest request = Ask(1, 4, 1) with { Class = (ServiceClass)serviceClass, TenantWeight = weight };
        if (serviceClass == 0)
        {
            request = request with { Class = ServiceClass.Batch };
        }

        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => engine.Submit(request)).ParamName);
    }

    /// <summary>Each request's first token is its own, and every token of its answer depends on it, so that a foreign token would show.</summary>
    [Fact]
    public async Task A_storm_of_cancellations_leaks_no_block_and_no_token()
    {
        const int Requests = 10_000;
        FakeDevice device = new(blocks: 96);
        await using Engine engine = device.Start(blocks: 96, context: 60, with: options => options with { CachedBlocksPerTenant = 10 });
        var random = new Random(11);
        int foreign = 0;
        using SemaphoreSlim places = new(64);
        List<Task> readers = new(Requests);
        for (int i = 0; i < Requests; i++)
        {
            await places.WaitAsync(TestContext.Current.CancellationToken);
            GenerationRequest request = Ask(i, 1 + random.Next(20), 1 + random.Next(12)) with
            {
                Tenant = i % 5, CacheSalt = i % 5, Class = (ServiceClass)random.Next(3), Deadline = random.Next(50) == 0 ? TimeSpan.FromMilliseconds(1) : null,
            };
            Generation generation = engine.Submit(request);
            int after = random.Next(15);
            readers.Add(Task.Run(async () =>
            {
                if (after == 0)
                {
                    generation.Cancel();
                }

                List<int> tokens = await ReadUntil(generation, after);
                int[] expected = device.Model.Continue(request.Prompt, tokens.Count);
                Interlocked.Add(ref foreign, tokens.Zip(expected).Count(pair => pair.First != pair.Second));
                places.Release();
            }, TestContext.Current.CancellationToken));
        }

        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(0, foreign);
        Assert.Equal(0, engine.QueuedRequests);
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    static void Fill(Engine engine, List<Generation> taken)
    {
        for (int i = 0; i < 6; i++)
        {
            taken.Add(engine.Submit(Ask(50 + i, 4, 2)));
        }
    }

    static GenerationRequest Ask(int seed, int prompt, int maxTokens) => new()
    {
        Prompt = SchedulerTests.Bench.Tokens(seed, prompt),
        MaxTokens = maxTokens,
        Sampling = new SamplingParameters { Temperature = 0 },
        StopTokens = new HashSet<int>(),
    };

    static Task<List<int>> Read(Generation generation) => ReadUntil(generation, int.MaxValue);

    static async Task<List<int>> ReadUntil(Generation generation, int cancelAfter)
    {
        List<int> tokens = [];
        await foreach (TokenOutput output in generation)
        {
            tokens.Add(output.Token);
            if (tokens.Count >= cancelAfter)
            {
                generation.Cancel();
            }
        }

        return tokens;
    }
}
