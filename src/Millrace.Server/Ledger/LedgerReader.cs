using System.Globalization;
using Microsoft.Data.Sqlite;
using Millrace.Scheduling;

namespace Millrace.Server.Ledger;

/// <summary>Reads a ledger, also while another process writes it. Any thread may use it, one at a time goes.</summary>
public sealed class LedgerReader : IDisposable
{
    // Flops in two halves: the sum of the whole numbers may exceed 63 bits.
    const string Sums = """
        COUNT(*) FILTER (WHERE correction IS NULL), COUNT(*) FILTER (WHERE correction IS NULL AND ending = ?1), SUM(prompt), SUM(cached), SUM(completion),
        SUM(price_input), SUM(price_cached), SUM(price_output), SUM(weight_bytes), SUM(kv_bytes_read), SUM(kv_bytes_written), SUM(flops >> 32), SUM(flops & 4294967295),
        SUM(kv_byte_seconds), SUM(compute_us), SUM(energy_uj), SUM(decode_us)
        """;

    readonly Lock _gate = new();
    readonly string _path;
    readonly SqliteConnection _connection;

    LedgerReader(string path, SqliteConnection connection)
    {
        _path = path;
        _connection = connection;
        connection.Run("PRAGMA query_only = ON");
    }

    /// <summary>Opens a ledger file; an empty one is made if there is none.</summary>
    /// <exception cref="LedgerException">It is no ledger of this version.</exception>
    public static LedgerReader Open(string path)
    {
        path = Path.GetFullPath(path);
        return new LedgerReader(path, LedgerFile.Open(path));
    }

    /// <summary>Checks every record.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="LedgerException">A record is missing or changed; the message names it.</exception>
    public long Verify() => Locked(() =>
    {
        // In one transaction, so that a writer meanwhile does not part the records from their head.
        _connection.Run("BEGIN");
        try
        {
            return LedgerVerifier.Verify(_path, _connection).Sequence;
        }
        finally
        {
            _connection.Run("ROLLBACK");
        }
    });

    /// <summary>The final record of a request and its corrections, in the order they were written; none while it is open or unknown.</summary>
    public IReadOnlyList<Receipt> Find(RequestId id) => Locked<IReadOnlyList<Receipt>>(() =>
        [.. _connection.Rows($"{LedgerSchema.Records.SelectSql} WHERE request = ?1 ORDER BY seq", id.ToBytes()).Select(row => LedgerRows.ToReceipt(row[..^1]))]);

    /// <summary>All records in their order.</summary>
    public IReadOnlyList<Receipt> Records() => Locked<IReadOnlyList<Receipt>>(() =>
        [.. _connection.Rows($"{LedgerSchema.Records.SelectSql} ORDER BY seq").Select(row => LedgerRows.ToReceipt(row[..^1]))]);

    /// <summary>Adds records up; a row for each group that has any, in the order of the groups' names, classes from the soonest to the latest.</summary>
    public IReadOnlyList<UsageRow> Usage(UsageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        string group = query.By switch
        {
            UsageGrouping.Key => "COALESCE(key, '')",
            UsageGrouping.Tenant => "tenant",
            UsageGrouping.Model => "model",
            UsageGrouping.Day => "date(written_at / 1000000, 'unixepoch')",
            UsageGrouping.Class => "class",
            _ => "''",
        };
        string sql = $"""
            SELECT {group}, {Sums} FROM records
            WHERE (?2 IS NULL OR written_at >= ?2) AND (?3 IS NULL OR written_at < ?3) AND (?4 IS NULL OR tenant = ?4) AND (?5 IS NULL OR key = ?5)
            GROUP BY 1 ORDER BY 1 {(query.By == UsageGrouping.Class ? "DESC" : "")}
            """;
        return Locked<IReadOnlyList<UsageRow>>(() =>
            [.. _connection.Rows(sql, (long)Ending.Crashed, Microseconds(query.From), Microseconds(query.To), query.Tenant, query.Key).Select(row => Row(query.By, row))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _connection.Dispose();
        }
    }

    static UsageRow Row(UsageGrouping by, object?[] row)
    {
        int column = 0;
        string group = by == UsageGrouping.Class ? ((ServiceClass)Next()).ToString().ToLowerInvariant() : Convert.ToString(row[column++], CultureInfo.InvariantCulture)!;
        UsageRow sums = new()
        {
            Group = group,
            Requests = Next(),
            Recovered = Next(),
            PromptTokens = Next(),
            CachedTokens = Next(),
            CompletionTokens = Next(),
            Charge = new(Next(), Next(), Next()),
            Consumption = new Consumption { WeightBytes = Next(), KvBytesRead = Next(), KvBytesWritten = Next() },
            Flops = ((Int128)Next() << 32) + Next(),
            DecodeMicroseconds = 0,
        };
        return sums with
        {
            Consumption = sums.Consumption with { KvByteSeconds = Next(), ComputeMicroseconds = Next(), EnergyMicrojoules = Next() },
            DecodeMicroseconds = Next(),
        };

        long Next() => (long)row[column++]!;
    }

    static long? Microseconds(DateTimeOffset? time) => time is { } at ? LedgerTime.Of(at) : null;

    T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return LedgerFile.Guard(_path, read);
        }
    }
}
