using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Millrace.LedgerKill;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

/// <summary>Processes that write a ledger under load are killed; what clients knew by then must be in the file, once and exactly.</summary>
public sealed class CrashTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Steps => [.. Enum.GetNames<WriteStep>()];

    [Theory, Trait("Probe", "90")]
    [MemberData(nameof(Steps))]
    public void A_crash_at_any_point_of_writing_loses_doubles_and_overbills_nothing(string step)
    {
        KillLoop loop = new(_folder.Path(), seed: 1);
        foreach (int time in step == nameof(WriteStep.Checkpointed) ? [1, 1] : new[] { 1, 2, 30 })
        {
            // The later rounds begin with the recovery of the earlier: that is crashed too.
            loop.KillAt(Enum.Parse<WriteStep>(step), time);
            Assert.Empty(loop.History.Faults);
        }
    }

    [Fact]
    public void Twenty_kills_at_random_lose_double_and_overbill_nothing()
    {
        KillLoop loop = new(_folder.Path(), seed: 2);
        for (int i = 0; i < 20; i++)
        {
            loop.KillAtRandom();
            Assert.Empty(loop.History.Faults);
        }

        Assert.True(loop.History.Acknowledged > 20 && loop.History.Recovered > 20, $"{loop.History.Acknowledged} acknowledged, {loop.History.Recovered} recovered: there was no load");
    }

    [Fact]
    public void The_checker_sees_a_lost_a_changed_and_a_doubled_record()
    {
        KillLoop loop = new(_folder.Path(), seed: 3);
        while (loop.History.Acknowledged == 0)
        {
            loop.KillAtRandom();
        }

        Assert.Empty(loop.History.Faults);
        using LedgerReader reader = LedgerReader.Open(loop.LedgerPath);
        IReadOnlyList<Receipt> records = reader.Records();
        Balance balance = new(records.Sum(record => record.Charge.Total), 0);
        Receipt first = records.First(record => !record.Recovered);
        Receipt[] others = [.. records.Where(record => record != first)];
        Demand(others, "lost");
        Demand([.. records, first], "two records");
        Demand([.. others, first with { Outcome = first.Outcome with { CompletionTokens = first.Outcome.CompletionTokens + 65 } }], "pays");

        void Demand(Receipt[] wrong, string fault)
        {
            loop.History.Faults.Clear();
            loop.History.Check(wrong, balance);
            Assert.Contains(loop.History.Faults, found => found.Contains(fault, StringComparison.Ordinal));
        }
    }

    [Fact, Trait("Probe", "92")]
    public async Task Where_the_disk_refuses_the_nth_write_the_acknowledged_are_there_and_no_more_is_admitted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux's limit on the size of files");
        ProcessStartInfo start = new("dotnet", [typeof(WriteLimit).Assembly.Location, "limit", _folder.Path()]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error);
        Assert.True(int.Parse(output.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) > 15, output);
    }

    [Fact, Trait("Probe", "92")]
    public async Task After_a_failed_flush_nothing_is_believed_or_admitted_until_a_restart()
    {
        bool fails = false;
        string path = _folder.Path("ledger.db");
        OpenRequest streaming;
        await using (UsageLedger ledger = UsageLedger.Open(path, TimeProvider.System, null, step =>
        {
            if (fails && step == WriteStep.Committing)
            {
                fails = false; // Once: the disk is well again at the next try, which must not come.
                throw new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR, 1034);
            }
        }))
        {
            streaming = await ledger.Reserve(A.Reservation());
            await streaming.ProgressAsync(1, 0);
            fails = true;
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => streaming.SettleAsync(A.Outcome(10)));
            Assert.Contains("1034", ledger.Failure, StringComparison.Ordinal);
            await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.ReserveAsync(A.Reservation()));
        }

        await using UsageLedger again = UsageLedger.Open(path, TimeProvider.System);
        Assert.Null(again.Failure);
        Assert.Equal((streaming.Id, 1L), (again.Recovered.Single().Id, again.Recovered.Single().Outcome.CompletionTokens));
    }

    [Fact]
    public async Task The_log_does_not_grow_from_crash_to_crash()
    {
        List<long> lengths = [];
        for (int crash = 0; crash < 10; crash++)
        {
            await using UsageLedger ledger = UsageLedger.Open(_folder.Path($"{crash}/ledger.db"), TimeProvider.System);
            await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => await (await ledger.Reserve(A.Reservation())).ProgressAsync(1, 0)));
            // What a crash leaves behind is what is in the files now.
            Directory.CreateDirectory(_folder.Path($"{crash + 1}"));
            foreach (string file in new[] { "ledger.db", "ledger.db-wal" })
            {
                File.Copy(_folder.Path($"{crash}/{file}"), _folder.Path($"{crash + 1}/{file}"));
            }

            lengths.Add(new FileInfo(ledger.Path + "-wal").Length);
        }

        Assert.True(lengths[^1] < 2 * lengths[1], string.Join(' ', lengths));
    }

    [Fact]
    public async Task While_another_process_holds_the_file_nothing_is_admitted_and_then_all_goes_on()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        OpenRequest streaming = await ledger.Reserve(A.Reservation());
        using SqliteConnection other = LedgerFile.Open(ledger.Path);
        other.Run("BEGIN IMMEDIATE");
        Task<Receipt> settled = streaming.SettleAsync(A.Outcome(3));
        long start = Stopwatch.GetTimestamp();
        while (ledger.Failure is null)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), "nobody noticed");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.ReserveAsync(A.Reservation()));
        Assert.False(settled.IsCompleted);
        other.Run("COMMIT");
        Assert.Equal(1, (await settled).Sequence);
        Assert.Null(ledger.Failure);
        await ledger.Reserve(A.Reservation());
    }

    [Fact]
    public async Task A_stream_stops_once_its_marks_cannot_be_written()
    {
        bool fails = false;
        await using UsageLedger ledger = UsageLedger.Open(_folder.Path("ledger.db"), TimeProvider.System, null, step =>
        {
            if (fails && step == WriteStep.Committing)
            {
                throw new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR, 1034);
            }
        });
        OpenRequest request = await ledger.Reserve(A.Reservation());
        await request.ProgressAsync(1, 0);
        fails = true;
        int handedOut = 1;
        await Assert.ThrowsAsync<LedgerUnavailableException>(async () =>
        {
            while (handedOut < 1000)
            {
                await request.ProgressAsync(++handedOut, 0);
            }
        });
        Assert.InRange(handedOut, 2, 1 + OpenRequest.MostTokensAtRisk);
    }
}
