using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using Millrace.Server.Models;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>What all receipts say adds up to what the engines counted, to the last byte.</summary>
public sealed class ReceiptTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_sums_of_all_receipts_are_the_engines_counters(int seed)
    {
        // Few blocks: requests are preempted. Some steps fail, some readers leave, some are cancelled.
        FakeDevice first = new(60), second = new(40);
        Random failures = new(seed);
        first.BeforeStep = (step, _) => Fail(failures.Next(60) == 0);
        await using PipelineBench bench = new(first, start: () => first.Start(blocks: 60, tokenizer: Tokenizer));
        await using Engine other = second.Start(blocks: 40, tokenizer: Tokenizer);
        Engine[] engines = [bench.Engine, other];
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => OneAsync(bench, engines[i % 2], i % 2 == 0 ? "first" : "second", new Random((seed * 1000) + i)))));

        IReadOnlyList<Receipt> records = bench.Records;
        Assert.Equal(300, records.Count);
        Assert.True(records.Select(receipt => receipt.Outcome.Ending).Distinct().Count() >= 4, "a mix of endings was wanted");
        Assert.True(bench.Engine.Totals.Preemptions > 0);
        for (int i = 0; i < 2; i++)
        {
            Outcome[] outcomes = [.. records.Where(receipt => receipt.Model == (i == 0 ? "first" : "second")).Select(receipt => receipt.Outcome)];
            EngineTotals totals = engines[i].Totals;
            Assert.Equal(totals.Consumption, outcomes.Aggregate(default(Consumption), (sum, outcome) => sum + outcome.Consumption));
            Assert.True(outcomes.Sum(outcome => outcome.CompletionTokens) <= totals.CompletionTokens); // some were made and never handed out
            Assert.Equal(totals.CachedTokens, outcomes.Sum(outcome => outcome.CachedTokens));
        }
    }

    static void Fail(bool now)
    {
        if (now)
        {
            throw new InvalidOperationException("the forward failed");
        }
    }

    static async Task OneAsync(PipelineBench bench, Engine engine, string name, Random random)
    {
        InferenceRequest request = Ask(Tokens(random.Next(20), 1 + random.Next(50)), 1 + random.Next(40), 1 + random.Next(3));
        try
        {
            await using Millrace.Server.Inference.Inference inference =
                await bench.Pipeline.StartAsync(Caller.Open, bench.Lease(engine, name), request, TestContext.Current.CancellationToken);
            if (random.Next(8) == 0)
            {
                inference.Cancel(0);
            }

            await ReadAsync(inference, random.Next(3) == 0 ? random.Next(20) : int.MaxValue);
        }
        catch (GenerationException)
        {
            // as the device was told
        }
    }
}
