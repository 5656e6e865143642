using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Millrace.Server.Prices;

namespace Millrace.Server.Ledger;

/// <summary>
/// The bill of every request: reserved on disk before the first forward pass, settled on disk before the last chunk is written, exactly once whatever ends it.
/// One process writes a file. See docs/ledger.md for the promises.
/// </summary>
public sealed class UsageLedger : IAsyncDisposable
{
    /// <summary>The file's name in the folder of the server's state.</summary>
    public const string FileName = "ledger.db";

    readonly ConcurrentDictionary<RequestId, OpenRequest> _open = new();
    readonly ConcurrentDictionary<string, Balance> _balances = new(StringComparer.Ordinal);
    readonly TimeProvider _clock;
    readonly FileStream _lock;
    readonly LedgerWriter _writer;

    UsageLedger(string path, TimeProvider clock, FileStream held, SqliteConnection connection, string? currency, Action<WriteStep>? probe)
    {
        Path = path;
        _clock = clock;
        _lock = held;
        LedgerStore store = new(path, connection, LedgerVerifier.Verify(path, connection));
        FixCurrency(path, connection, currency);
        Recovered = Recover(store, connection, probe);
        foreach (object?[] row in connection.Rows("SELECT key, SUM(price_input + price_cached + price_output) FROM records GROUP BY key"))
        {
            _balances[(string?)row[0] ?? ""] = new((long)row[1]!, 0);
        }

        // From here on the writer says why it waits, and tries again by itself.
        connection.Run("PRAGMA busy_timeout = 500");
        _writer = new LedgerWriter(path, store, probe);
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The requests that were open when the last process ended, as they were settled now.</summary>
    public IReadOnlyList<Receipt> Recovered { get; }

    /// <summary>Why nothing can be written, so that nothing may be admitted; null where all is well.</summary>
    public string? Failure => _writer.Failure;

    /// <summary>How many requests are open.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Opens a ledger for writing, checks every record, and settles what a crash left open.</summary>
    /// <param name="path">The file; made if there is none, readable by its user only.</param>
    /// <param name="clock">Says when records are written.</param>
    /// <param name="currency">The currency of all its prices, fixed by the first one that is given; null where nothing costs anything.</param>
    /// <exception cref="LedgerException">It is no sound ledger of this version, or another process writes it.</exception>
    public static UsageLedger Open(string path, TimeProvider clock, string? currency = null) => Open(path, clock, currency, null);

    internal static UsageLedger Open(string path, TimeProvider clock, string? currency, Action<WriteStep>? probe)
    {
        path = System.IO.Path.GetFullPath(path);
        SqliteConnection connection = LedgerFile.Open(path);
        FileStream? held = null;
        try
        {
            held = LedgerFile.LockForWriting(path);
            return LedgerFile.Guard(path, () => new UsageLedger(path, clock, held, connection, currency, probe));
        }
        catch
        {
            held?.Dispose();
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a request, on disk when it ends: before that nothing may be computed for it.</summary>
    /// <exception cref="ArgumentException">The reservation is not valid, or its id not new.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger cannot write.</exception>
    public Task<ReserveResult> ReserveAsync(Reservation reservation)
    {
        ArgumentNullException.ThrowIfNull(reservation);
        reservation.Check();
        if (Failure is { } failure)
        {
            throw new LedgerUnavailableException(failure);
        }

        ReserveCommand command = new(this, reservation);
        Post(command);
        return command.Task;
    }

    /// <summary>The open request of an id; null where there is none.</summary>
    public OpenRequest? Find(RequestId id) => _open.GetValueOrDefault(id);

    /// <summary>Changes the price of a settled request by a new record.</summary>
    /// <param name="id">The request.</param>
    /// <param name="difference">What is added to its price, in micro-units; less than zero gives back, at most all.</param>
    /// <param name="reason">Why, for people.</param>
    /// <exception cref="ArgumentException">There is no such request, or it would cost less than nothing.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger cannot write.</exception>
    public Task<Receipt> CorrectAsync(RequestId id, long difference, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(difference, ModelPrice.Most);
        ArgumentOutOfRangeException.ThrowIfLessThan(difference, -ModelPrice.Most);
        CorrectCommand command = new(this, id, difference, reason);
        Post(command);
        return command.Task;
    }

    /// <summary>What a key has spent and reserved, as far as it is on disk.</summary>
    public Balance BalanceOf(string? key) => _balances.GetValueOrDefault(key ?? "");

    /// <summary>Writes what has been handed over and closes the file. Requests still open are settled at the next start.</summary>
    public ValueTask DisposeAsync()
    {
        _writer.Close();
        _lock.Dispose();
        return default;
    }

    internal void Post(LedgerCommand command) => _writer.Post(command);

    internal long Now() => LedgerTime.Of(_clock.GetUtcNow());

    internal OpenRequest Add(Reservation reservation)
    {
        OpenRequest request = new(this, reservation);
        _open[reservation.Id] = request;
        Move(reservation.Key, 0, reservation.WorstPrice);
        return request;
    }

    internal void Remove(RequestId id) => _open.TryRemove(id, out _);

    internal void Settled(Reservation reservation, Receipt receipt) => Move(receipt.Key, receipt.Charge.Total, -reservation.WorstPrice);

    internal void Corrected(Receipt receipt) => Move(receipt.Key, receipt.Charge.Total, 0);

    internal Receipt ReceiptOf(Reservation reservation, Outcome outcome) => new()
    {
        Sequence = 0,
        Id = reservation.Id,
        WrittenAt = Now(),
        Tenant = reservation.Tenant,
        Key = reservation.Key,
        Model = reservation.Model,
        Class = reservation.Class,
        Outcome = outcome,
        Charge = outcome.IsFree ? default : reservation.Price.Of(outcome.PromptTokens - outcome.CachedTokens, outcome.CachedTokens, outcome.CompletionTokens),
        PriceVersion = reservation.PriceVersion,
    };

    // Only the writer's thread moves balances.
    void Move(string? key, long spent, long reserved)
    {
        Balance balance = BalanceOf(key);
        _balances[key ?? ""] = new(checked(balance.Spent + spent), checked(balance.Reserved + reserved));
    }

    // Without a mark no token is known to have been handed over, and the request is free.
    List<Receipt> Recover(LedgerStore store, SqliteConnection connection, Action<WriteStep>? probe)
    {
        List<(Reservation Reservation, long CachedTokens, long CompletionTokens)> open = [];
        foreach (object?[] row in connection.Rows(LedgerSchema.Open.SelectSql))
        {
            LedgerSchema.Open.Check(Path, row, Convert.ToHexStringLower(row[0] as byte[] ?? []));
            open.Add(LedgerRows.ToReservation(row));
        }

        List<Receipt> receipts = [];
        if (open.Count == 0)
        {
            return receipts;
        }

        store.Begin();
        foreach ((Reservation reservation, long cached, long completion) in open)
        {
            Outcome outcome = new() { Ending = Ending.Crashed, PromptTokens = completion > 0 ? reservation.PromptTokens : 0, CachedTokens = cached, CompletionTokens = completion };
            store.DeleteOpen(reservation.Id);
            receipts.Add(store.Append(ReceiptOf(reservation, outcome)));
            probe?.Invoke(WriteStep.Applied);
        }

        probe?.Invoke(WriteStep.Committing);
        store.Commit();
        probe?.Invoke(WriteStep.Committed);
        // A process that always dies before its writer comes to it would leave a log that grows, and is read whole, from start to start.
        store.Checkpoint();
        probe?.Invoke(WriteStep.Checkpointed);
        return receipts;
    }

    static void FixCurrency(string path, SqliteConnection connection, string? currency)
    {
        if (currency is null)
        {
            return;
        }

        object?[]? row = connection.Rows("SELECT value FROM settings WHERE name = 'currency'").FirstOrDefault();
        if (row is null)
        {
            using Statement insert = new(connection, "INSERT INTO settings VALUES ('currency', ?1)");
            insert.Run(currency);
        }
        else if ((string?)row[0] != currency)
        {
            throw new LedgerException(path, "currency", $"{row[0]}, as in its records,", currency);
        }
    }
}
