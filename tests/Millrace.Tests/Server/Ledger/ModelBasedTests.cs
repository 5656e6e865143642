using CsCheck;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

/// <summary>Random histories, held against a ledger in memory.</summary>
public class ModelBasedTests
{
    static readonly Gen<(int Kind, int A, int B)[]> Histories = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 1000], Gen.Int[0, 1000]).Array[5, 30];

    [Fact]
    public async Task Random_histories_have_the_results_records_and_balances_of_the_reference() =>
        await Histories.SampleAsync(RunAsync, iter: 40, threads: 1);

    static async Task RunAsync((int Kind, int A, int B)[] history)
    {
        using TemporaryFolder folder = new();
        ReferenceLedger reference = new();
        UsageLedger ledger = A.Ledger(folder);
        try
        {
            foreach ((int kind, int a, int b) in history)
            {
                OpenRequest[] open = [.. reference.Open.Order(Comparer<RequestId>.Create((x, y) => x.Value.CompareTo(y.Value))).Select(id => ledger.Find(id)!)];
                if (kind <= 3)
                {
                    IdempotencyKey? alias = kind <= 1 ? new($"alias {a % 3}", $"body {b % 2}") : null;
                    Reservation reservation = A.Reservation(prompt: a, output: b, key: a % 2 == 0 ? "k1" : null, tenant: $"t{b % 2}", alias: alias);
                    ReserveResult result = await ledger.ReserveAsync(reservation);
                    Assert.Equal(reference.Reserve(reservation), (result.Status, result.Id));
                }
                else if (kind == 9)
                {
                    await ledger.DisposeAsync();
                    reference.Restart();
                    ledger = A.Ledger(folder);
                }
                else if (open.Length > 0)
                {
                    await StepAsync(open[a % open.Length], kind, a, b, reference);
                }
            }

            Assert.Equal(reference.Open.Count(), ledger.OpenCount);
            await ledger.DisposeAsync();
            reference.Restart();
            ledger = A.Ledger(folder);
            Compare(ledger, reference);
        }
        finally
        {
            await ledger.DisposeAsync();
        }
    }

    static async Task StepAsync(OpenRequest request, int kind, int a, int b, ReferenceLedger reference)
    {
        long prompt = request.Reservation.PromptTokens, cached = prompt * b / 1000, tokens = request.Reservation.OutputTokens * a / 1000;
        if (kind <= 5)
        {
            // The first mark of each request: later ones are sent only now and then, which is the business of tests of their own.
            if (tokens > 0 && !reference.IsMarked(request.Id))
            {
                await request.ProgressAsync(tokens, cached);
                reference.Mark(request.Id, cached, tokens);
            }
        }
        else
        {
            Outcome outcome = new() { Ending = (Ending)(1 + b % 5), PromptTokens = prompt, CachedTokens = cached, CompletionTokens = b % 3 == 0 ? 0 : tokens };
            await request.SettleAsync(outcome);
            reference.Settle(request.Id, outcome);
        }
    }

    static void Compare(UsageLedger ledger, ReferenceLedger reference)
    {
        using LedgerReader reader = LedgerReader.Open(ledger.Path);
        IReadOnlyList<Receipt> records = reader.Records();
        Assert.Equal(records.Count, reader.Verify());
        Assert.Equal(
            reference.Records.OrderBy(record => record.Id.Value),
            records.Select(record => (record.Id, record.Outcome.Ending, record.Outcome.PromptTokens, record.Outcome.CachedTokens, record.Outcome.CompletionTokens, record.Charge.Total)).OrderBy(record => record.Id.Value));
        foreach (IGrouping<string?, Receipt> key in records.GroupBy(record => record.Key))
        {
            Assert.Equal(new Balance(key.Sum(record => record.Charge.Total), 0), ledger.BalanceOf(key.Key));
        }

        UsageRow? usage = reader.Usage(new()).SingleOrDefault();
        Assert.Equal((long)records.Count, usage?.Requests ?? 0);
        Assert.Equal(records.Sum(record => record.Outcome.CompletionTokens), usage?.CompletionTokens ?? 0);
    }
}
