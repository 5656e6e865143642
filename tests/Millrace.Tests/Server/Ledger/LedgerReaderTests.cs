using Microsoft.Extensions.Time.Testing;
using Millrace.Scheduling;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

public sealed class LedgerReaderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 31, 23, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Receipts_come_back_as_they_were_settled()
    {
        await using UsageLedger ledger = UsageLedger.Open(_folder.Path("ledger.db"), _clock);
        OpenRequest request = await ledger.Reserve(A.Reservation());
        Receipt receipt = await request.SettleAsync(A.Outcome(7) with { EnergyMeasured = true });
        Receipt correction = await ledger.CorrectAsync(request.Id, 5, "a reason");
        using LedgerReader reader = LedgerReader.Open(ledger.Path);
        Assert.Equal([receipt, correction], reader.Find(request.Id));
        Assert.Equal([receipt, correction], reader.Records());
        Assert.Empty(reader.Find(RequestId.New()));
        Assert.Equal(2, reader.Verify());
        UsageRow all = reader.Usage(new()).Single();
        Assert.Equal((1L, receipt.Charge.Total + 5), (all.Requests, all.Charge.Total));
    }

    [Fact]
    public async Task Groups_and_bounds_part_the_records()
    {
        await using UsageLedger ledger = UsageLedger.Open(_folder.Path("ledger.db"), _clock);
        foreach ((string tenant, string? key, ServiceClass serviceClass) in new[] { ("t1", "k1", ServiceClass.Batch), ("t2", null, ServiceClass.Realtime), ("t1", "k2", ServiceClass.Batch) })
        {
            OpenRequest request = await ledger.Reserve(A.Reservation(key: key, tenant: tenant) with { Class = serviceClass });
            await request.SettleAsync(A.Outcome(10));
            _clock.Advance(TimeSpan.FromHours(1));
        }

        using LedgerReader reader = LedgerReader.Open(ledger.Path);
        Assert.Equal([("", 1L), ("k1", 1), ("k2", 1)], Groups(new() { By = UsageGrouping.Key }));
        Assert.Equal([("t1", 2L), ("t2", 1)], Groups(new() { By = UsageGrouping.Tenant }));
        Assert.Equal([("2026-01-31", 1L), ("2026-02-01", 2)], Groups(new() { By = UsageGrouping.Day }));
        Assert.Equal([("realtime", 1L), ("batch", 2)], Groups(new() { By = UsageGrouping.Class }));
        Assert.Equal([("story", 3L)], Groups(new() { By = UsageGrouping.Model }));
        DateTimeOffset midnight = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal([("story", 2L)], Groups(new() { By = UsageGrouping.Model, From = midnight }));
        Assert.Equal([("story", 1L)], Groups(new() { By = UsageGrouping.Model, To = midnight }));
        Assert.Equal([("story", 1L)], Groups(new() { By = UsageGrouping.Model, Tenant = "t1", Key = "k2" }));
        Assert.Empty(reader.Usage(new() { Tenant = "t3" }));

        IEnumerable<(string Group, long Requests)> Groups(UsageQuery query) => reader.Usage(query).Select(row => (row.Group, row.Requests));
    }

    [Fact]
    public async Task The_sums_of_receipts_are_exact_where_they_pass_63_bits()
    {
        await using UsageLedger ledger = UsageLedger.Open(_folder.Path("ledger.db"), _clock);
        Consumption sum = default;
        Int128 flops = 0;
        for (int i = 1; i <= 3; i++)
        {
            Consumption spent = new(10_007 * i, 20_011 * i, 30_011 * i, long.MaxValue - i, 50_021 * i, 60_013 * i, 70_001 * i);
            OpenRequest request = await ledger.Reserve(A.Reservation());
            await request.SettleAsync(A.Outcome(1) with { Consumption = spent });
            flops += spent.Flops;
            sum += spent with { Flops = 0 };
        }

        using LedgerReader reader = LedgerReader.Open(ledger.Path);
        UsageRow row = reader.Usage(new() { By = UsageGrouping.Model }).Single();
        Assert.Equal((sum, flops), (row.Consumption, row.Flops));
    }

    [Fact]
    public async Task Order_is_that_of_writing_though_the_wall_clock_goes_back()
    {
        BackwardClock clock = new();
        string path = _folder.Path("ledger.db");
        List<RequestId> written = [];
        await using (UsageLedger ledger = UsageLedger.Open(path, clock))
        {
            for (int i = 0; i < 5; i++)
            {
                clock.Wall -= TimeSpan.FromHours(1);
                OpenRequest request = await ledger.Reserve(A.Reservation());
                await request.SettleAsync(A.Outcome(1));
                written.Add(request.Id);
            }
        }

        await using UsageLedger again = UsageLedger.Open(path, clock);
        using LedgerReader reader = LedgerReader.Open(path);
        Assert.Equal(written, reader.Records().Select(record => record.Id));
    }

    sealed class BackwardClock : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Wall;
    }
}
