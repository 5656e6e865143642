using Microsoft.Extensions.Time.Testing;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;
using PipelineBench = Millrace.Tests.Server.Inference.PipelineBench;
using Run = Millrace.Tests.Server.Inference.Run;

namespace Millrace.Tests.Server.Faults;

/// <summary>A server that stops, and one whose ledger fails.</summary>
public sealed class DrainTests
{
    [Fact, Trait("Probe", "99")]
    public async Task What_does_not_end_in_time_ends_with_an_error_and_its_exact_bill()
    {
        FakeDevice device = new();
        using SemaphoreSlim step = new(0);
        device.BeforeStep = (_, _) => step.Wait();
        FakeTimeProvider clock = new();
        await using PipelineBench bench = new(device, clock);
        await using Millrace.Server.Inference.Inference slow = await bench.StartAsync(Ask(Tokens(1, 5), 100));
        step.Release(4);
        IAsyncEnumerator<InferenceEvent> events = slow.ReadAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (int i = 0; i < 4; i++)
        {
            Assert.True(await events.MoveNextAsync());
        }

        Task drain = bench.Running.DrainAsync(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(() => bench.StartAsync(Ask([1], 1)));
        Assert.Equal(Refusal.Unavailable, refusal.Refusal);
        Assert.InRange(refusal.RetryAfter!.Value.TotalSeconds, 1, 1);
        ValueTask<bool> next = events.MoveNextAsync();
        clock.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1)); // ends what runs, here
        step.Release(1000);
        InferenceException ended = await Assert.ThrowsAsync<InferenceException>(async () => await next);
        Assert.Equal(Refusal.Unavailable, ended.Refusal);
        await drain;
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal((Ending.Cancelled, 4), (receipt.Outcome.Ending, receipt.Outcome.CompletionTokens));
    }

    [Fact, Trait("Probe", "99")]
    public async Task With_nothing_to_wait_for_it_is_drained_at_once()
    {
        await using PipelineBench bench = new();
        await bench.RunAsync(Ask([1], 1));
        await bench.Running.DrainAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);
    }

    [Fact, Trait("Probe", "92")]
    public async Task With_a_ledger_that_fails_nothing_is_admitted_and_no_end_is_told()
    {
        int writes = 0;
        await using PipelineBench bench = new(probe: step =>
        {
            if (step == WriteStep.Committing && Interlocked.Increment(ref writes) == 3)
            {
                throw new IOException("no space left");
            }
        });
        List<InferenceEvent> events = [];
        InferenceException failed = await Assert.ThrowsAsync<InferenceException>(async () =>
        {
            await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(Tokens(1, 5), 150));
            await foreach (InferenceEvent item in inference.ReadAsync(TestContext.Current.CancellationToken))
            {
                events.Add(item);
            }
        });
        Assert.Equal(Refusal.Unavailable, failed.Refusal);
        Assert.InRange(events.Count, 1, 150);
        Assert.DoesNotContain(events, item => item.FinishReason is not null);
        InferenceException refused = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask([1], 1)));
        Assert.Equal((Refusal.Unavailable, true), (refused.Refusal, refused.RetryAfter is not null));
        Assert.NotNull(bench.Ledger.Failure);
        Assert.DoesNotContain("/", refused.Message, StringComparison.Ordinal);
    }
}
