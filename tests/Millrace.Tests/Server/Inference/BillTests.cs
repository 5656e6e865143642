using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>Whatever ends a request, it has one record, of what was handed out.</summary>
public sealed class BillTests
{
    [Fact, Trait("Probe", "116")]
    public async Task Leaving_at_any_token_bills_what_was_handed_out()
    {
        await using PipelineBench bench = new(new FakeDevice(400), start: null);
        int[] prompt = Tokens(1, 6);
        int[] expected = bench.Device.Model.Continue(prompt, 150);
        for (int k = 1; k <= 140; k += k < 20 ? 1 : 13)
        {
            int count = bench.Records.Count;
            await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(prompt, 150));
            Run run = await ReadAsync(inference, k);
            Assert.Equal(expected[..k], run.Tokens());
            Receipt receipt = bench.Records[^1];
            Assert.Equal(count + 1, bench.Records.Count);
            Assert.Equal((Ending.Disconnected, 6, k), (receipt.Outcome.Ending, receipt.Outcome.PromptTokens, receipt.Outcome.CompletionTokens));
        }
    }

    [Fact, Trait("Probe", "116")]
    public async Task Who_leaves_before_the_first_token_pays_for_what_was_computed_of_the_prompt()
    {
        FakeDevice device = new();
        using SemaphoreSlim step = new(0);
        device.BeforeStep = (_, _) => step.Wait();
        await using PipelineBench bench = new(device);
        Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(Tokens(1, 40), 10));
        step.Release(2); // steps of 16 tokens: two are done, the third is at the gate
        while (device.Steps < 3)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        ValueTask left = inference.DisposeAsync();
        step.Release(1000);
        await left;
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal(Ending.Disconnected, receipt.Outcome.Ending);
        Assert.InRange(receipt.Outcome.PromptTokens, 32, 40);
        Assert.InRange(receipt.Outcome.CompletionTokens, 0, 0);
        Assert.Equal(receipt.Outcome.PromptTokens * 5, receipt.Charge.Total);
    }

    [Fact]
    public async Task A_prompt_that_passes_from_one_answer_to_the_next_is_found_and_computed_once()
    {
        FakeDevice device = new();
        using SemaphoreSlim step = new(0);
        using SemaphoreSlim arrived = new(0);
        await using PipelineBench bench = new(device);
        await bench.RunAsync(Ask(Tokens(1, 9), 1));
        device.BeforeStep = (_, _) =>
        {
            arrived.Release();
            step.Wait();
        };
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(Tokens(1, 40), 2, choices: 3));
        for (int choice = 0; choice < 2; choice++)
        {
            await arrived.WaitAsync(TestContext.Current.CancellationToken); // 8 tokens were found, 16 are being computed
            inference.Cancel(choice);
            step.Release();
        }

        step.Release(1000);
        Run run = await ReadAsync(inference);
        Assert.Equal(2, run.Tokens(2).Length);
        Assert.Equal((40, 8), (run.Receipt.Outcome.PromptTokens, run.Receipt.Outcome.CachedTokens));
        EngineTotals totals = bench.Engine.Totals;
        Assert.Equal((8, 9 + 40), (totals.CachedTokens, totals.PromptTokens));
    }

    [Fact]
    public async Task A_failure_before_the_first_token_is_free_and_one_after_it_is_not()
    {
        FakeDevice device = new();
        int failAt = 0;
        device.BeforeStep = (step, _) =>
        {
            if (step == failAt)
            {
                throw new InvalidOperationException("the forward failed");
            }
        };
        await using PipelineBench bench = new(device);
        await Assert.ThrowsAsync<GenerationException>(() => bench.RunAsync(Ask(Tokens(1, 5), 10)));
        Assert.Equal((Ending.Error, 0L), (bench.Records[0].Outcome.Ending, bench.Records[0].Charge.Total));
        failAt = device.Steps + 4;
        await Assert.ThrowsAsync<GenerationException>(() => bench.RunAsync(Ask(Tokens(1, 5), 10)));
        Assert.Equal((Ending.Error, 4), (bench.Records[1].Outcome.Ending, bench.Records[1].Outcome.CompletionTokens));
        Assert.Equal(2, bench.Records.Count);
    }

    [Fact]
    public async Task Cancelled_by_an_administrator_it_says_so_and_is_billed()
    {
        FakeDevice device = new();
        device.BeforeStep = static (_, _) => Thread.Sleep(1);
        await using PipelineBench bench = new(device);
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(Tokens(1, 5), 190));
        Assert.True(RequestId.TryParse(inference.Id, out RequestId id));
        int tokens = 0;
        InferenceException cancelled = await Assert.ThrowsAsync<InferenceException>(async () =>
        {
            await foreach (InferenceEvent item in inference.ReadAsync(TestContext.Current.CancellationToken))
            {
                tokens += item.Token is null ? 0 : 1;
                if (tokens == 3)
                {
                    bench.Running.Find(id)!.Abort(new(Refusal.Cancelled, "cancelled"));
                    bench.Running.Find(id)?.Abort(new(Refusal.Busy, "twice")); // the first counts
                }
            }
        });
        Assert.Equal(Refusal.Cancelled, cancelled.Refusal);
        Assert.Equal(3, tokens);
        Assert.Equal((Ending.Cancelled, 3), (bench.Records[0].Outcome.Ending, bench.Records[0].Outcome.CompletionTokens));
        Assert.Null(bench.Running.Find(RequestId.New()));
    }

    [Fact, Trait("Probe", "117")]
    public async Task The_same_idempotency_key_a_hundred_times_is_one_bill_and_one_answer()
    {
        await using PipelineBench bench = new();
        Caller caller = bench.NewCaller() with { Idempotency = new("once", "body") };
        int[] prompt = Tokens(1, 8);
        Run[] runs = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => bench.RunAsync(Ask(prompt, 50), caller))));
        Assert.All(runs, run => Assert.Equal(bench.Device.Model.Continue(prompt, 50), run.Tokens()));
        Assert.Single(runs.Select(run => run.Id).Distinct());
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal((8 * 5) + (50 * 7), receipt.Charge.Total);

        Run later = await bench.RunAsync(Ask(prompt, 50), caller);
        Assert.Equal((runs[0].Id, runs[0].Text()), (later.Id, later.Text()));
        InferenceException other = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask(prompt, 50), caller with { Idempotency = new("once", "other body") }));
        Assert.Equal(Refusal.Conflict, other.Refusal);
        Run stranger = await bench.RunAsync(Ask(prompt, 50), bench.NewCaller("bob") with { Idempotency = new("once", "other body") });
        Assert.NotEqual(later.Id, stranger.Id);
    }

    [Fact, Trait("Probe", "61")]
    public async Task A_request_with_an_idempotency_key_runs_on_when_its_reader_leaves()
    {
        await using PipelineBench bench = new();
        Caller caller = bench.NewCaller() with { Idempotency = new("retry", "body") };
        int[] prompt = Tokens(1, 8);
        await using (Millrace.Server.Inference.Inference first = await bench.StartAsync(Ask(prompt, 100), caller))
        {
            await ReadAsync(first, 3);
        }

        Run retry = await bench.RunAsync(Ask(prompt, 100), caller);
        Assert.Equal(bench.Device.Model.Continue(prompt, 100), retry.Tokens());
        Assert.Single(bench.Records);
    }

    [Fact, Trait("Probe", "117")]
    public async Task A_budget_is_never_overshot_by_many_at_once()
    {
        await using PipelineBench bench = new();
        // Each costs at most 5 * 5 + 10 * 7 = 95, and just that.
        Caller caller = bench.NewCaller(limits: new KeyLimits { Budget = 10 * 95 });
        Task<bool>[] runs = [.. Enumerable.Range(0, 100).Select(seed => Task.Run(async () =>
        {
            try
            {
                await bench.RunAsync(Ask(Tokens(seed, 5), 10), caller);
                return true;
            }
            catch (InferenceException refusal)
            {
                Assert.Equal(Refusal.Budget, refusal.Refusal);
                return false;
            }
        }))];
        bool[] ran = await Task.WhenAll(runs);
        Assert.Equal(10, ran.Count(served => served));
        Assert.Equal(10 * 95, bench.Ledger.BalanceOf(caller.KeyId).Spent);
        Assert.Equal(0, bench.Ledger.BalanceOf(caller.KeyId).Reserved);
    }
}
