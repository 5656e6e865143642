using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>Embeddings go the way of any request: billed whatever ends them, found while they run, ended from outside.</summary>
public sealed class EmbeddingRunTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_are_billed_by_their_tokens_and_the_receipt_is_the_engines_work()
    {
        await using PipelineBench bench = new();
        Embeddings embeddings = await bench.Pipeline.EmbedAsync(bench.NewCaller(), bench.Lease(), Ask(12, 30, 7), Cancel);
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal(receipt.Id, embeddings.Receipt.Id);
        Assert.Equal((Ending.Stop, 49, 0, 0), (receipt.Outcome.Ending, receipt.Outcome.PromptTokens, receipt.Outcome.CachedTokens, receipt.Outcome.CompletionTokens));
        Assert.Equal(49 * 5, receipt.Charge.Total);
        Assert.Equal(bench.Engine.Totals.Consumption, receipt.Outcome.Consumption);
        Assert.Equal([2, 2, 2], embeddings.Vectors.Select(vector => vector.Length));
        Assert.Equal("embeddings", bench.Log.Find(receipt.Id)!.Operation);
    }

    [Fact]
    public async Task Who_leaves_pays_for_what_was_computed_and_the_receipts_still_add_up()
    {
        FakeDevice device = new();
        using SemaphoreSlim step = new(0);
        device.BeforeStep = (_, _) => step.Wait();
        await using PipelineBench bench = new(device);
        using CancellationTokenSource source = new();
        Task<Embeddings> embeddings = bench.Pipeline.EmbedAsync(Caller.Open, bench.Lease(), Ask(40, 40), source.Token);
        step.Release(2); // steps of 16 tokens
        while (device.Steps < 3)
        {
            await Task.Delay(1, Cancel);
        }

        Assert.Equal(1, bench.Running.Count);
        await source.CancelAsync();
        step.Release(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embeddings);
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal(Ending.Disconnected, receipt.Outcome.Ending);
        Assert.InRange(receipt.Outcome.PromptTokens, 32, 48);
        Assert.Equal(bench.Engine.Totals.Consumption, receipt.Outcome.Consumption);
        Assert.Equal(0, bench.Running.Count);
    }

    [Fact]
    public async Task A_failed_step_bills_nothing()
    {
        FakeDevice device = new() { BeforeStep = (_, _) => throw new InvalidOperationException("the forward failed") };
        await using PipelineBench bench = new(device);
        await Assert.ThrowsAsync<GenerationException>(() => bench.Pipeline.EmbedAsync(Caller.Open, bench.Lease(), Ask(5), Cancel));
        Receipt receipt = Assert.Single(bench.Records);
        Assert.Equal((Ending.Error, 0L), (receipt.Outcome.Ending, receipt.Charge.Total));
    }

    [Fact]
    public async Task A_server_that_stops_ends_them()
    {
        FakeDevice device = new();
        using SemaphoreSlim step = new(0);
        device.BeforeStep = (_, _) => step.Wait();
        await using PipelineBench bench = new(device);
        Task<Embeddings> embeddings = bench.Pipeline.EmbedAsync(Caller.Open, bench.Lease(), Ask(40), Cancel);
        while (device.Steps < 1)
        {
            await Task.Delay(1, Cancel);
        }

        Task drain = bench.Running.DrainAsync(TimeSpan.Zero, Cancel);
        step.Release(100);
        Assert.Equal(Refusal.Unavailable, (await Assert.ThrowsAsync<InferenceException>(() => embeddings)).Refusal);
        await drain;
        Assert.Equal(Ending.Cancelled, Assert.Single(bench.Records).Outcome.Ending);
    }

    [Fact]
    public async Task The_same_key_gets_the_same_vectors_computed_once()
    {
        await using PipelineBench bench = new();
        Caller caller = bench.NewCaller() with { Idempotency = new("again", "body") };
        Embeddings first = await bench.Pipeline.EmbedAsync(caller, bench.Lease(), Ask(20, 9), Cancel);
        Embeddings second = await bench.Pipeline.EmbedAsync(caller, bench.Lease(), Ask(20, 9), Cancel);
        Assert.Equal(first.Vectors.Select(vector => vector.ToArray()), second.Vectors.Select(vector => vector.ToArray()));
        Assert.Equal(first.Receipt.Id, second.Receipt.Id);
        Assert.Single(bench.Records);
        Assert.Equal(29, bench.Engine.Totals.ComputedTokens);
    }

    [Theory]
    [InlineData(201, Refusal.ContextLength)]
    [InlineData(0, Refusal.Invalid)]
    public async Task What_cannot_run_is_refused_before_it_is_written_down(int tokens, Refusal refusal)
    {
        await using PipelineBench bench = new();
        InferenceException error = await Assert.ThrowsAsync<InferenceException>(() => bench.Pipeline.EmbedAsync(Caller.Open, bench.Lease(), Ask(tokens), Cancel));
        Assert.Equal(refusal, error.Refusal);
        Assert.Empty(bench.Records);
        error = await Assert.ThrowsAsync<InferenceException>(() => bench.Pipeline.EmbedAsync(Caller.Open, bench.Lease(), Ask([.. Enumerable.Repeat(1, InferencePipeline.MostTexts + 1)]), Cancel));
        Assert.Equal(Refusal.Invalid, error.Refusal);
    }

    static InferenceRequest Ask(params int[] lengths) => new() { Operation = "embeddings", Prompts = [.. lengths.Select((length, i) => Tokens(i + 1, length))] };
}
