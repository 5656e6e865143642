using System.Buffers.Binary;
using Millrace.LedgerKill;
using Millrace.Scheduling;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Ledger;

/// <summary>Files that a power cut tore or a disk changed: a prefix of what was written, or an error that names what is wrong; never something else.</summary>
public sealed class DamageTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    string File => _folder.Path("ledger.db");

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("Probe", "91")]
    public void A_log_cut_anywhere_leaves_a_prefix()
    {
        // How long it takes to a log that is worth cutting depends on the disk; one that was just begun anew is not.
        KillLoop loop = new(_folder.Path(), seed: 4);
        Assert.Contains(Enumerable.Range(0, 8), attempt =>
        {
            loop.KillAndLeave(milliseconds: 150 + 75 * attempt);
            return CutAnywhere() > 5;
        });
    }

    /// <summary>Cuts the log in many places; how many different prefixes that left.</summary>
    int CutAnywhere()
    {
        if (!System.IO.File.Exists(File + "-wal"))
        {
            return 0; // it was killed before it had begun
        }

        if (MovedFrames() > 0)
        {
            return 0; // it was killed while its log moved into the file, or behind that: such a log is safe on the disk, and no crash cuts it
        }

        byte[] database = System.IO.File.ReadAllBytes(File), log = System.IO.File.ReadAllBytes(File + "-wal");
        IReadOnlyList<Receipt> whole = Open(database, log);
        Random random = new(4);
        int[] cuts = [0, 1, 31, 32, 33, .. Enumerable.Range(1, 20).Select(i => (int)((long)log.Length * i / 20)), .. Enumerable.Range(0, 20).Select(_ => random.Next(log.Length))];
        HashSet<int> lengths = [];
        foreach (int cut in cuts)
        {
            IReadOnlyList<Receipt> found = Open(database, log[..cut]);
            Assert.Equal(whole.Take(found.Count).Select(record => record.Id), found.Select(record => record.Id));
            lengths.Add(found.Count);
        }

        return lengths.Count;
    }

    /// <summary>Frames of the log that are, or may be, in the database too: nBackfillAttempted of the index of the log (SQLite, "WAL-mode File Format", 2.3).</summary>
    uint MovedFrames() => System.IO.File.Exists(File + "-shm") ? BitConverter.ToUInt32(System.IO.File.ReadAllBytes(File + "-shm"), 128) : 0;

    [Fact, Trait("Probe", "91 93")]
    public async Task A_bit_flipped_in_the_log_is_found_unless_it_could_be_a_cut()
    {
        byte[] database, log;
        long safe = 0;
        await using (UsageLedger ledger = A.Ledger(_folder))
        {
            for (int i = 0; i < 30; i++)
            {
                safe = i == 28 ? new FileInfo(File + "-wal").Length : safe;
                OpenRequest request = await ledger.Reserve(A.Reservation());
                await request.SettleAsync(A.Outcome(i));
            }

            database = System.IO.File.ReadAllBytes(File);
            log = System.IO.File.ReadAllBytes(File + "-wal");
        }

        Assert.Equal(30, Open(database, log).Count);
        Random random = new(7);
        for (int i = 0; i < 60; i++)
        {
            byte[] changed = (byte[])log.Clone();
            int at = i < 30 ? random.Next(60) : random.Next(changed.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            try
            {
                int found = Open(database, changed).Count;
                Assert.True(found == 30 || (at >= safe && found >= 28), $"byte {at} of {log.Length}: {found} records");
            }
            catch (LedgerException exception)
            {
                Assert.Contains("-wal", exception.File, StringComparison.Ordinal);
            }
        }
    }

    // Settled records only: those that a recovery adds at the end are not in the file that was cut.
    IReadOnlyList<Receipt> Open(byte[] database, byte[] log)
    {
        using TemporaryFolder copy = new();
        string path = copy.Path("ledger.db");
        System.IO.File.WriteAllBytes(path, database);
        System.IO.File.WriteAllBytes(path + "-wal", log);
        UsageLedger ledger = UsageLedger.Open(path, TimeProvider.System);
        using LedgerReader reader = LedgerReader.Open(path);
        IReadOnlyList<Receipt> records = [.. reader.Records().SkipLast(ledger.Recovered.Count)];
        ledger.DisposeAsync().AsTask().Wait();
        return records;
    }

    [Fact, Trait("Probe", "93")]
    public async Task A_bit_flipped_in_a_record_names_the_record()
    {
        await Fill(20);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        int at = bytes.AsSpan().IndexOf("model-13"u8);
        bytes[at + 3] ^= 0x10;
        System.IO.File.WriteAllBytes(File, bytes);
        LedgerException exception = Assert.Throws<LedgerException>(() => A.Ledger(_folder));
        Assert.Equal((File, "record 13"), (exception.File, exception.Subject));
        Assert.Equal("record 13", Assert.Throws<LedgerException>(() =>
        {
            using LedgerReader reader = LedgerReader.Open(File);
            reader.Verify();
        }).Subject);
    }

    [Fact]
    public async Task A_bit_flipped_anywhere_is_found_or_changes_nothing()
    {
        await Fill(40);
        (Receipt[] records, ApiKey[] keys) = Read(File);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        Random random = new(5);
        int found = 0;
        for (int i = 0; i < 200; i++)
        {
            byte[] changed = (byte[])bytes.Clone();
            int at = i < 100 ? i : random.Next(bytes.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            string path = _folder.Path($"changed-{i}.db");
            System.IO.File.WriteAllBytes(path, changed);
            try
            {
                (Receipt[] readRecords, ApiKey[] readKeys) = Read(path);
                Assert.True(records.SequenceEqual(readRecords) && keys.SequenceEqual(readKeys), $"byte {at}");
            }
            catch (LedgerException exception)
            {
                Assert.Equal(path, exception.File);
                found++;
            }
        }

        Assert.True(found > 60, $"only {found} were found");
    }

    [Theory, Trait("Probe", "93")]
    [InlineData(0, "0 bytes")]
    [InlineData(1, "1 bytes")]
    [InlineData(1 << 16, "no SQLite database")]
    public void A_file_of_other_bytes_is_no_ledger(int length, string found)
    {
        byte[] bytes = new byte[length];
        new Random(6).NextBytes(bytes);
        System.IO.File.WriteAllBytes(File, bytes);
        LedgerException exception = Assert.Throws<LedgerException>(() => A.Ledger(_folder));
        Assert.Equal((File, "a Millrace ledger", found), (exception.File, exception.Expected, exception.Found));
        Assert.Equal(bytes, System.IO.File.ReadAllBytes(File));
        Assert.Throws<LedgerException>(() => KeyStore.Open(File, TimeProvider.System));
        Assert.Throws<LedgerException>(() => LedgerReader.Open(File));
    }

    [Fact]
    public async Task A_file_cut_short_is_refused()
    {
        await Fill(40);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        for (int pages = 1; pages * 4096 < bytes.Length; pages++)
        {
            System.IO.File.WriteAllBytes(File, bytes[..(pages * 4096 - (pages % 2 * 100))]);
            Assert.Throws<LedgerException>(() => A.Ledger(_folder));
        }
    }

    [Fact, Trait("Probe", "93")]
    public async Task Another_version_is_refused_with_both_versions()
    {
        await Fill(1);
        byte[] bytes = System.IO.File.ReadAllBytes(File);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(60), 7); // user_version in SQLite's header
        System.IO.File.WriteAllBytes(File, bytes);
        LedgerException exception = Assert.Throws<LedgerException>(() => A.Ledger(_folder));
        Assert.Equal((File, "schema version", "1", "7"), (exception.File, exception.Subject, exception.Expected, exception.Found));
    }

    [Fact]
    public void A_database_of_something_else_is_no_ledger()
    {
        using (Microsoft.Data.Sqlite.SqliteConnection connection = new($"Data Source={File};Pooling=False"))
        {
            connection.Open();
            connection.Run("CREATE TABLE other (x)");
        }

        Assert.Equal("application_id", Assert.Throws<LedgerException>(() => A.Ledger(_folder)).Subject);
    }

    [Fact]
    public async Task A_log_without_its_database_is_refused()
    {
        await Fill(1);
        System.IO.File.Move(File, File + "-wal");
        Assert.Contains("-wal", Assert.Throws<LedgerException>(() => A.Ledger(_folder)).Expected, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_was_taken_out_is_named()
    {
        await Fill(5);
        foreach ((int record, string subject) in new[] { (5, "the last record"), (3, "record 3") })
        {
            using (Microsoft.Data.Sqlite.SqliteConnection connection = LedgerFile.Open(File))
            {
                connection.Run($"DROP TRIGGER IF EXISTS records_remain; DELETE FROM records WHERE seq = {record}");
            }

            Assert.Equal(subject, Assert.Throws<LedgerException>(() => A.Ledger(_folder)).Subject);
        }
    }

    [Fact]
    public void A_folder_in_the_files_place_is_refused()
    {
        Directory.CreateDirectory(File);
        Assert.Equal(File, Assert.Throws<LedgerException>(() => A.Ledger(_folder)).File);
    }

    async Task Fill(int records)
    {
        using KeyStore store = KeyStore.Open(File, TimeProvider.System);
        store.Add("key", "tenant", KeyScopes.Inference, ServiceClass.Standard, KeyLimits.None);
        await using UsageLedger ledger = A.Ledger(_folder);
        for (int i = 1; i <= records; i++)
        {
            OpenRequest request = await ledger.Reserve(A.Reservation() with { Model = $"model-{i:00}" });
            await request.SettleAsync(A.Outcome(i));
        }
    }

    static (Receipt[] Records, ApiKey[] Keys) Read(string path)
    {
        UsageLedger ledger = UsageLedger.Open(path, TimeProvider.System);
        try
        {
            using LedgerReader reader = LedgerReader.Open(path);
            using KeyStore store = KeyStore.Open(path, TimeProvider.System);
            return ([.. reader.Records()], [.. store.Keys]);
        }
        finally
        {
            ledger.DisposeAsync().AsTask().Wait();
        }
    }
}
