using Microsoft.Data.Sqlite;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

public sealed class UsageLedgerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_settled_request_is_there_after_the_file_is_opened_again()
    {
        Receipt receipt;
        await using (UsageLedger ledger = A.Ledger(_folder))
        {
            OpenRequest request = await ledger.Reserve(A.Reservation());
            receipt = await request.SettleAsync(A.Outcome(100));
            Assert.Equal(1, receipt.Sequence);
            Assert.Equal(6 * 1 + 4 * 0 + 300, receipt.Charge.Total);
        }

        await using UsageLedger again = A.Ledger(_folder);
        Assert.Empty(again.Recovered);
        Assert.Equal(new Balance(306, 0), again.BalanceOf("k1"));
    }

    [Fact]
    public async Task However_often_a_request_is_settled_it_has_one_record()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        OpenRequest request = await ledger.Reserve(A.Reservation());
        Receipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => request.SettleAsync(A.Outcome(i + 1, Ending.Cancelled)))));
        Assert.Single(receipts.Distinct());
        Assert.Equal(0, ledger.OpenCount);
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.ReserveAsync(request.Reservation));
        Assert.Null(ledger.Failure);
    }

    [Fact]
    public async Task The_same_idempotency_key_a_hundred_times_at_once_is_one_bill()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        IdempotencyKey alias = new("order-1", "body");
        ReserveResult[] results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => ledger.ReserveAsync(A.Reservation(alias: alias)))));
        ReserveResult first = Assert.Single(results, result => result.Status == ReserveStatus.Reserved);
        Assert.All(results, result => Assert.Same(first.Request, result.Request));
        Receipt receipt = await first.Request!.SettleAsync(A.Outcome(5));
        ReserveResult later = await ledger.ReserveAsync(A.Reservation(alias: alias));
        Assert.Equal((ReserveStatus.Repeated, first.Id, receipt), (later.Status, later.Id, later.Receipt));
        Assert.Equal(new Balance(receipt.Charge.Total, 0), ledger.BalanceOf("k1"));
    }

    [Fact]
    public async Task An_idempotency_key_with_another_body_is_a_conflict_and_another_tenants_is_its_own()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        await ledger.Reserve(A.Reservation(alias: new("order-1", "body")));
        ReserveResult other = await ledger.ReserveAsync(A.Reservation(alias: new("order-1", "another")));
        Assert.Equal((ReserveStatus.Conflict, null), (other.Status, other.Request));
        await ledger.Reserve(A.Reservation(alias: new("order-1", "another"), tenant: "t2"));
        Assert.Equal(2, ledger.OpenCount);
    }

    [Fact]
    public async Task A_server_error_before_the_first_token_is_free_and_frees_its_idempotency_key()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        IdempotencyKey alias = new("order-1", "body");
        OpenRequest request = await ledger.Reserve(A.Reservation(alias: alias));
        Receipt receipt = await request.SettleAsync(A.Outcome(0, Ending.Error));
        Assert.Equal(0, receipt.Charge.Total);
        await ledger.Reserve(A.Reservation(alias: alias));
    }

    [Fact]
    public async Task Open_requests_are_settled_at_the_next_start_from_their_last_mark()
    {
        Reservation marked = A.Reservation(), silent = A.Reservation();
        await using (UsageLedger ledger = A.Ledger(_folder))
        {
            await ledger.Reserve(silent);
            OpenRequest request = await ledger.Reserve(marked);
            for (int tokens = 1; tokens <= 100; tokens++)
            {
                await request.ProgressAsync(tokens, cachedTokens: 4);
            }
        }

        await using UsageLedger again = A.Ledger(_folder);
        Assert.Equal(2, again.Recovered.Count);
        Receipt receipt = again.Recovered.Single(record => record.Id == marked.Id);
        Assert.True(receipt.Recovered);
        Assert.Equal((10L, 4L, 97L), (receipt.Outcome.PromptTokens, receipt.Outcome.CachedTokens, receipt.Outcome.CompletionTokens));
        Receipt free = again.Recovered.Single(record => record.Id == silent.Id);
        Assert.Equal((0L, 0L), (free.Outcome.PromptTokens, free.Charge.Total));
        Assert.Equal(new Balance(receipt.Charge.Total, 0), again.BalanceOf("k1"));
    }

    [Fact]
    public async Task A_correction_is_a_record_of_its_own()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        OpenRequest request = await ledger.Reserve(A.Reservation());
        Receipt receipt = await request.SettleAsync(A.Outcome(100));
        Receipt correction = await ledger.CorrectAsync(request.Id, -receipt.Charge.Total, "the answer was wrong");
        Assert.Equal((2L, 0L), (correction.Sequence, ledger.BalanceOf("k1").Spent));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.CorrectAsync(request.Id, -1, "again"));
        await Assert.ThrowsAsync<ArgumentException>(() => ledger.CorrectAsync(RequestId.New(), 1, "none such"));
    }

    [Fact]
    public async Task An_outcome_beyond_the_reservation_is_refused()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        OpenRequest request = await ledger.Reserve(A.Reservation(prompt: 10, output: 20));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => request.SettleAsync(A.Outcome(21)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => request.SettleAsync(A.Outcome(1, prompt: 11)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => request.SettleAsync(A.Outcome(1, cached: 11)));
        await request.SettleAsync(A.Outcome(20));
    }

    [Theory]
    [InlineData("UPDATE records SET price_output = 0")]
    [InlineData("DELETE FROM records")]
    [InlineData("INSERT INTO records SELECT seq + 1, request, correction, written_at, tenant, key, model, class, ending, prompt, cached, completion, queue_us, prefill_us, decode_us, weight_bytes, kv_bytes_read, kv_bytes_written, flops, kv_byte_seconds, compute_us, energy_uj, energy_measured, price_input, price_cached, price_output, price_version, hash FROM records")]
    public async Task Final_records_can_be_neither_changed_nor_deleted_nor_doubled(string sql)
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        OpenRequest request = await ledger.Reserve(A.Reservation());
        await request.SettleAsync(A.Outcome(5));
        using SqliteConnection connection = LedgerFile.Open(ledger.Path);
        Assert.Throws<SqliteException>(() => connection.Run(sql));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_crash_before_the_first_mark_frees_the_idempotency_key(int tokens, bool isFree)
    {
        Reservation first = A.Reservation() with { Idempotency = new("once", "body") };
        UsageLedger crashed = A.Ledger(_folder);
        OpenRequest request = await crashed.Reserve(first);
        await request.ProgressAsync(tokens, 0);
        await crashed.DisposeAsync(); // leaves it open, as a crash does

        await using UsageLedger again = A.Ledger(_folder);
        ReserveResult repeat = await again.ReserveAsync(A.Reservation() with { Idempotency = first.Idempotency });
        Assert.Equal(isFree ? ReserveStatus.Reserved : ReserveStatus.Repeated, repeat.Status);
        Assert.Equal(isFree, repeat.Id != first.Id);
    }

    [Fact]
    public async Task Two_writers_of_one_file_cannot_be()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        LedgerTakenException exception = Assert.Throws<LedgerTakenException>(() => A.Ledger(_folder));
        Assert.Equal((ledger.Path, "the writer"), (exception.File, exception.Subject));
    }

    [Fact]
    public async Task The_files_are_private_to_the_user()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such modes");
            return;
        }

        string[] files = Directory.GetFiles(_folder.Path());
        Assert.Contains(ledger.Path, files);
        foreach (string file in files)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Another_currency_than_that_of_the_records_is_refused()
    {
        string path = _folder.Path("ledger.db");
        await UsageLedger.Open(path, TimeProvider.System, "EUR").DisposeAsync();
        LedgerException exception = Assert.Throws<LedgerException>(() => UsageLedger.Open(path, TimeProvider.System, "USD"));
        Assert.Contains("EUR", exception.Expected, StringComparison.Ordinal);
        await UsageLedger.Open(path, TimeProvider.System, "EUR").DisposeAsync();
    }
}
