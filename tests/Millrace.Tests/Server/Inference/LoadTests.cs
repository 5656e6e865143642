using Millrace.Scheduling;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>More than can be served, and not everybody's equal part of it.</summary>
public sealed class LoadTests
{
    [Fact, Trait("Probe", "76")]
    public async Task Ten_times_the_load_is_refused_at_once_with_a_time_to_come_again_and_the_rest_is_served()
    {
        FakeDevice device = new(400);
        using ManualResetEventSlim go = new();
        device.BeforeStep = (_, _) => go.Wait();
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 400, maxSequences: 8, tokenizer: Tokenizer, with: options => options with { MaxQueuedRequests = 8 }));
        int served = 0, refused = 0;
        // 8 can run, or be about to, and 8 can wait to begin; 160 come before any ends, three times over.
        for (int wave = 1; wave <= 3; wave++)
        {
            int before = refused;
            Task[] requests = [.. Enumerable.Range(0, 160).Select(seed => Task.Run(async () =>
            {
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
                    Interlocked.Increment(ref refused);
                }
            }))];
            while (bench.Running.Count + Volatile.Read(ref refused) - before < 160)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            go.Set();
            await Task.WhenAll(requests);
            Assert.InRange(refused - before, 160 - 16, 160 - 8);
            go.Reset();
        }

        Assert.Equal(3 * 160, served + refused);
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
        await RunAsync(bench, 2);
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
        ManualClock clock = new();
        FakeDevice device = new(400);
        using ManualResetEventSlim go = new();
        device.BeforeStep = (_, _) =>
        {
            go.Wait();
            clock.Advance(TimeSpan.FromMilliseconds(10));
        };
        await using PipelineBench bench = new(device, clock, start: () => device.Start(blocks: 400, maxSequences: 4, clock: clock, tokenizer: Tokenizer));
        Caller many = bench.NewCaller("many");
        Caller one = bench.NewCaller("one");
        Task<Run>[] flood = [.. Enumerable.Range(0, 200).Select(seed => bench.RunAsync(Ask(Tokens(seed, 5), 10), many))];
        await RunAsync(bench, 200);
        Task<Run> single = bench.RunAsync(Ask(Tokens(1000, 5), 10), one);
        await RunAsync(bench, 201);
        go.Set();
        // Those that came first take ten steps, a hundredth of a second each; the last of 200 waits for fifty times that.
        Assert.InRange((await single).Receipt.Outcome.QueueMicroseconds, 0, 200_000);
        Assert.InRange((await Task.WhenAll(flood)).Max(run => run.Receipt.Outcome.QueueMicroseconds), 4_000_000, 6_000_000);
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
        await RunAsync(bench, 8);
        Task<Run>[] realtime = [.. Enumerable.Range(10, 2).Select(seed => bench.RunAsync(Ask(Tokens(seed, 5), 20) with { Class = ServiceClass.Realtime }))];
        await RunAsync(bench, 10);
        go.Set();
        // The steps are a hundredth of a second each, and all came before the first ended.
        Assert.All(await Task.WhenAll(realtime), run => Assert.InRange(run.Receipt.Outcome.QueueMicroseconds, 0, 50_000));
        long[] waited = [.. (await Task.WhenAll(batch)).Select(run => run.Receipt.Outcome.QueueMicroseconds)];
        Assert.True(waited.Count(time => time >= 200_000) >= 6, string.Join(' ', waited));
    }

    /// <summary>Waits until so many requests run or wait.</summary>
    static async Task RunAsync(PipelineBench bench, int count)
    {
        while (bench.Running.Count < count)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
