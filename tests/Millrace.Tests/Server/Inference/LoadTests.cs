using System.Diagnostics;
using Millrace.Scheduling;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>More than can be served, and not everybody's equal part of it.</summary>
public sealed class LoadTests
{
    [Fact, Trait("Probe", "76")]
    public async Task Ten_times_the_load_is_refused_fast_with_a_time_to_come_again_and_the_rest_is_served()
    {
        FakeDevice device = new(400);
        device.BeforeStep = static (_, _) => Thread.Sleep(1);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 400, maxSequences: 8, tokenizer: Tokenizer, with: options => options with { MaxQueuedRequests = 8 }));
        List<double> refusals = [];
        int served = 0;
        // 8 can wait to begin; 160 come at once, three times over.
        for (int wave = 0; wave < 3; wave++)
        {
            await Task.WhenAll(Enumerable.Range(0, 160).Select(seed => Task.Run(async () =>
            {
                long begin = Stopwatch.GetTimestamp();
                try
                {
                    Run run = await bench.RunAsync(Ask(Tokens(seed, 5), 20));
                    Assert.Equal(device.Model.Continue(Tokens(seed, 5), 20), run.Tokens());
                    Interlocked.Increment(ref served);
                }
                catch (InferenceException refusal)
                {
                    Assert.Equal(Refusal.Busy, refusal.Refusal);
                    Assert.True(refusal.RetryAfter > TimeSpan.Zero);
                    lock (refusals)
                    {
                        refusals.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                    }
                }
            })));
        }

        Assert.True(served >= 3 * 8, $"{served} served");
        Assert.True(refusals.Count >= 200, $"{refusals.Count} refused");
        refusals.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{served} served, {refusals.Count} refused in p50 {refusals[refusals.Count / 2]:F1} ms, p99 {refusals[refusals.Count * 99 / 100]:F1} ms");
        Assert.Equal(served, bench.Records.Count(receipt => receipt.Outcome.Ending == Ending.Length));
        Assert.Equal(served, bench.Records.Count); // a refusal is not written down
    }

    [Fact, Trait("Probe", "83")]
    public async Task A_tenant_that_floods_the_cache_does_not_drive_out_another_s_prefix()
    {
        FakeDevice device = new(120);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 120, tokenizer: Tokenizer, with: options => options with { CachedBlocksPerTenant = 60 }));
        Caller bob = bench.NewCaller("bob");
        Caller flooder = bench.NewCaller("flooder");
        int[] prompt = Tokens(1, 100);
        await bench.RunAsync(Ask(prompt, 1), bob);
        for (int seed = 100; seed < 140; seed++)
        {
            await bench.RunAsync(Ask(Tokens(seed, 100), 1), flooder);
        }

        Assert.True((await bench.RunAsync(Ask(prompt, 1), bob)).Usage.CachedTokens >= 96);
    }

    [Fact, Trait("Probe", "85")]
    public async Task A_deadline_ends_a_request_in_the_queue_and_on_its_way()
    {
        ManualClock clock = new();
        FakeDevice device = new();
        TaskCompletionSource began = new();
        using ManualResetEventSlim go = new();
        device.BeforeStep = (_, _) =>
        {
            began.TrySetResult();
            go.Wait();
            clock.Advance(TimeSpan.FromMilliseconds(100));
        };
        await using PipelineBench bench = new(device, clock, start: () => device.Start(maxSequences: 1, clock: clock, tokenizer: Tokenizer));
        Task<Run> first = bench.RunAsync(Ask(Tokens(1, 5), 50));
        await began.Task; // the only place is taken before the other comes
        Task<Run> second = bench.RunAsync(Ask(Tokens(2, 5), 50) with { Deadline = TimeSpan.FromSeconds(1) });
        while (bench.Running.Count < 2)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        go.Set();
        InferenceException waiting = await Assert.ThrowsAsync<InferenceException>(() => second);
        Assert.Equal(Refusal.Deadline, waiting.Refusal);
        Assert.Equal(50, (await first).Tokens().Length);
        InferenceException running = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask(Tokens(3, 5), 50) with { Deadline = TimeSpan.FromSeconds(1) }));
        Assert.Equal(Refusal.Deadline, running.Refusal);
        Outcome[] outcomes = [.. bench.Records.Select(receipt => receipt.Outcome)];
        Assert.Equal(3, outcomes.Length);
        Assert.Equal((Ending.Cancelled, 0), (outcomes[0].Ending, outcomes[0].PromptTokens + outcomes[0].CompletionTokens));
        Assert.Equal(Ending.Cancelled, outcomes[2].Ending);
        Assert.InRange(outcomes[2].CompletionTokens, 7, 11);
    }

    [Fact, Trait("Probe", "87")]
    public async Task One_tenant_with_many_requests_does_not_keep_another_waiting()
    {
        FakeDevice device = new(400);
        using ManualResetEventSlim go = new();
        device.BeforeStep = (_, _) =>
        {
            go.Wait();
            Thread.Sleep(2); // so that who reads late does not count what came after
        };
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 400, maxSequences: 4, tokenizer: Tokenizer));
        Caller many = bench.NewCaller("many");
        Caller one = bench.NewCaller("one");
        int ended = 0;
        Task[] flood = [.. Enumerable.Range(0, 200).Select(async seed =>
        {
            await bench.RunAsync(Ask(Tokens(seed, 5), 10), many);
            Interlocked.Increment(ref ended);
        })];
        while (bench.Running.Count < 200)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Task<Run> single = bench.RunAsync(Ask(Tokens(1000, 5), 10), one);
        while (bench.Running.Count < 201)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        go.Set();
        await single;
        Assert.InRange(Volatile.Read(ref ended), 0, 60);
        await Task.WhenAll(flood);
    }

    [Fact, Trait("Probe", "87")]
    public async Task Realtime_goes_before_batch_whoever_came_first()
    {
        ManualClock clock = new();
        FakeDevice device = new(400);
        using ManualResetEventSlim go = new();
        device.BeforeStep = (_, _) =>
        {
            go.Wait();
            clock.Advance(TimeSpan.FromMilliseconds(10));
        };
        await using PipelineBench bench = new(device, clock, start: () => device.Start(blocks: 400, maxSequences: 2, clock: clock, tokenizer: Tokenizer));
        Task<Run>[] batch = [.. Enumerable.Range(0, 8).Select(seed => bench.RunAsync(Ask(Tokens(seed, 5), 20) with { Class = ServiceClass.Batch }))];
        await RunAsync(8);
        Task<Run>[] realtime = [.. Enumerable.Range(10, 2).Select(seed => bench.RunAsync(Ask(Tokens(seed, 5), 20) with { Class = ServiceClass.Realtime }))];
        await RunAsync(10);
        go.Set();
        // The steps are a hundredth of a second each, and all came before the first ended.
        Assert.All(await Task.WhenAll(realtime), run => Assert.InRange(run.Receipt.Outcome.QueueMicroseconds, 0, 50_000));
        long[] waited = [.. (await Task.WhenAll(batch)).Select(run => run.Receipt.Outcome.QueueMicroseconds)];
        Assert.True(waited.Count(time => time >= 200_000) >= 6, string.Join(' ', waited));

        async Task RunAsync(int count)
        {
            while (bench.Running.Count < count)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }
    }
}
