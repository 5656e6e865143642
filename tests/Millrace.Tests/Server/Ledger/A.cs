using Millrace.Scheduling;
using Millrace.Server.Ledger;
using Millrace.Server.Prices;

namespace Millrace.Tests.Server.Ledger;

/// <summary>Builds what tests of the ledger need.</summary>
static class A
{
    public static readonly ModelPrice Price = new(1_000_000, 100_000, 3_000_000);

    public static Reservation Reservation(long prompt = 10, long output = 1000, string? key = "k1", string tenant = "t1", IdempotencyKey? alias = null, ModelPrice? price = null) => new()
    {
        Id = RequestId.New(),
        Tenant = tenant,
        Key = key,
        Model = "story",
        Class = ServiceClass.Standard,
        PromptTokens = prompt,
        OutputTokens = output,
        Price = price ?? Price,
        PriceVersion = "EUR-0",
        Idempotency = alias,
    };

    public static Outcome Outcome(long completion, Ending ending = Ending.Stop, long prompt = 10, long cached = 4) => new()
    {
        Ending = ending,
        PromptTokens = prompt,
        CachedTokens = cached,
        CompletionTokens = completion,
        Consumption = new(1000 + completion, 200, 30, 4_000_000, 50, 60, 70),
        QueueMicroseconds = 1,
        PrefillMicroseconds = 2,
        DecodeMicroseconds = 3,
    };

    public static UsageLedger Ledger(TemporaryFolder folder) => UsageLedger.Open(folder.Path("ledger.db"), TimeProvider.System);

    public static async Task<OpenRequest> Reserve(this UsageLedger ledger, Reservation reservation)
    {
        ReserveResult result = await ledger.ReserveAsync(reservation);
        Assert.Equal(ReserveStatus.Reserved, result.Status);
        return result.Request!;
    }
}
