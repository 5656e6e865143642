using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

public sealed class InferenceTests
{
    [Fact]
    public async Task Answers_to_several_prompts_each_are_what_they_are_alone()
    {
        await using PipelineBench bench = new();
        int[][] prompts = [Tokens(1, 9), Tokens(2, 20), Tokens(1, 9)];
        Run run = await bench.RunAsync(Ask([], 30, choices: 3) with { Prompts = prompts });
        for (int answer = 0; answer < 9; answer++)
        {
            Assert.Equal(bench.Device.Model.Continue(prompts[answer / 3], 30), run.Tokens(answer));
            InferenceEvent last = run.Events.Last(item => item.Choice == answer);
            Assert.Equal(FinishReason.Length, last.FinishReason);
        }

        Assert.Equal(9, run.Events.Count(item => item.FinishReason is not null));
        Assert.Equal((9 + 20 + 9, 9 * 30), (run.Usage.PromptTokens, run.Usage.CompletionTokens));
        Assert.Equal(run.Usage.PromptTokens, run.Receipt.Outcome.PromptTokens);
    }

    [Fact]
    public async Task An_answer_that_waits_for_the_engine_holds_no_other_up()
    {
        FakeDevice device = new();
        using SemaphoreSlim second = new(0);
        // One sequence at a time, and five steps of each: the second does not begin before the first was read to its end.
        device.BeforeStep = (step, _) => Assert.True(step != 5 || second.Wait(TimeSpan.FromSeconds(20)));
        await using PipelineBench bench = new(device, start: () => device.Start(maxSequences: 1, tokenizer: Tokenizer));
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask([], 5) with { Prompts = [Tokens(1, 4), Tokens(2, 4)] });
        List<int> order = [];
        await foreach (InferenceEvent item in inference.ReadAsync(TestContext.Current.CancellationToken))
        {
            order.Add(item.Choice);
            if (item is { Choice: 0, FinishReason: not null })
            {
                second.Release();
            }
        }

        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], order); // five tokens and an end of each
    }

    [Fact]
    public async Task One_answer_can_be_cancelled_and_the_others_go_on()
    {
        using ManualResetEventSlim cancelled = new();
        FakeDevice device = new();
        device.BeforeStep = (_, _) => cancelled.Wait(); // else it may be done before
        await using PipelineBench bench = new(device);
        int[] prompt = Tokens(1, 5);
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(prompt, 150, choices: 2));
        inference.Cancel(0);
        cancelled.Set();
        Run run = await ReadAsync(inference);
        Assert.Equal(bench.Device.Model.Continue(prompt, 150), run.Tokens(1));
        Assert.Contains(run.Events, item => item is { Choice: 0, FinishReason: FinishReason.Cancelled });
        Assert.Equal(run.Events.Count(item => item.Token is not null), run.Receipt.Outcome.CompletionTokens);
        Assert.Equal(Ending.Length, run.Receipt.Outcome.Ending);
    }

    [Fact]
    public async Task The_bill_is_on_disk_before_the_last_event()
    {
        await using PipelineBench bench = new();
        await using Millrace.Server.Inference.Inference inference = await bench.StartAsync(Ask(Tokens(1, 5), 9));
        await foreach (InferenceEvent item in inference.ReadAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(item.FinishReason is null ? 0 : 1, bench.Records.Count);
        }

        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal(inference.Id, receipt.Id.ToString());
        Assert.Equal((5 * 5) + (9 * 7), receipt.Charge.Total);
    }

    [Fact]
    public async Task A_stop_string_ends_one_answer_and_counts_the_tokens_that_spelt_it()
    {
        await using PipelineBench bench = new();
        int[] prompt = Tokens(3, 5);
        string text = Tokenizer.Decode(bench.Device.Model.Continue(prompt, 40));
        string stop = text[20..23];
        int end = text.IndexOf(stop, StringComparison.Ordinal) + stop.Length;
        Run run = await bench.RunAsync(Ask(prompt, 40) with { Stop = [stop] });
        Assert.Equal(text[..(end - stop.Length)], run.Text());
        Assert.Equal((FinishReason.Stop, stop), (run.Events[^1].FinishReason, run.Events[^1].StopString));
        Assert.Equal(Ending.Stop, run.Receipt.Outcome.Ending);
        Assert.Equal(run.Usage.CompletionTokens, run.Receipt.Outcome.CompletionTokens);
        Assert.Equal(text[..end], Tokenizer.Decode(run.Tokens()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    [InlineData(int.MaxValue)]
    public async Task A_number_of_answers_out_of_range_is_refused(int choices)
    {
        await using PipelineBench bench = new();
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask([1], 1, choices)));
        Assert.Equal((Refusal.Invalid, "n"), (refusal.Refusal, refusal.Parameter));
        Assert.Empty(bench.Records);
    }

    [Fact, Trait("Probe", "77")]
    public async Task A_prompt_larger_than_the_whole_cache_is_refused_at_once()
    {
        FakeDevice device = new(blocks: 8);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 8, tokenizer: Tokenizer)); // room for 32 tokens
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask(Tokens(1, 40), 1)));
        Assert.Equal(Refusal.ContextLength, refusal.Refusal);
        refusal = await Assert.ThrowsAsync<InferenceException>(() => bench.RunAsync(Ask(Tokens(1, 200), 1)));
        Assert.Equal(Refusal.ContextLength, refusal.Refusal);
        Assert.Equal(0, bench.Ledger.BalanceOf(null).Spent);
        Assert.Equal(5, (await bench.RunAsync(Ask(Tokens(1, 20), 5))).Tokens().Length);
    }

    [Fact]
    public async Task Tenants_and_salts_do_not_share_prefixes()
    {
        await using PipelineBench bench = new();
        int[] prompt = Tokens(1, 40);
        Caller alice = bench.NewCaller("alice");
        Caller bob = bench.NewCaller("bob");
        InferenceRequest request = Ask(prompt, 1);
        Assert.Equal(0, (await bench.RunAsync(request, alice)).Usage.CachedTokens);
        Assert.Equal(0, (await bench.RunAsync(request, bob)).Usage.CachedTokens);
        Assert.Equal(0, (await bench.RunAsync(request with { CacheSalt = "x" }, alice)).Usage.CachedTokens);
        Run again = await bench.RunAsync(request, alice);
        Assert.True(again.Usage.CachedTokens >= 36);
        Assert.Equal(((40 - again.Usage.CachedTokens) * 5) + again.Usage.CachedTokens + 7, again.Receipt.Charge.Total);
    }
}
