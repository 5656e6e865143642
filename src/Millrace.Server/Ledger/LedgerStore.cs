using Microsoft.Data.Sqlite;

namespace Millrace.Server.Ledger;

/// <summary>The writer's statements. One thread uses it, between <see cref="Begin"/> and <see cref="Commit"/>.</summary>
sealed class LedgerStore : IDisposable
{
    readonly string _path;
    readonly SqliteConnection _connection;
    readonly Statement _begin;
    readonly Statement _commit;
    readonly Statement _insertRecord;
    readonly Statement _selectFinal;
    readonly Statement _priceOf;
    readonly Statement _setHead;
    readonly Statement _insertOpen;
    readonly Statement _updateOpen;
    readonly Statement _deleteOpen;
    readonly Statement _selectAlias;
    readonly Statement _insertAlias;
    long _sequence;
    byte[] _hash;
    bool _headMoved;

    /// <param name="path">The path of the file, for errors.</param>
    /// <param name="connection">Owned from now on.</param>
    /// <param name="head">The last record's sequence number and hash.</param>
    public LedgerStore(string path, SqliteConnection connection, (long Sequence, byte[] Hash) head)
    {
        _path = path;
        _connection = connection;
        (_sequence, _hash) = head;
        _begin = new(connection, "BEGIN IMMEDIATE");
        _commit = new(connection, "COMMIT");
        _insertRecord = new(connection, LedgerSchema.Records.InsertSql);
        _selectFinal = new(connection, $"{LedgerSchema.Records.SelectSql} WHERE request = ?1 AND correction IS NULL");
        _priceOf = new(connection, "SELECT SUM(price_input + price_cached + price_output) FROM records WHERE request = ?1");
        _setHead = new(connection, "UPDATE head SET seq = ?1, hash = ?2");
        _insertOpen = new(connection, LedgerSchema.Open.InsertSql);
        _updateOpen = new(connection, "UPDATE open SET cached = ?2, completion = ?3, hash = ?4 WHERE request = ?1");
        _deleteOpen = new(connection, "DELETE FROM open WHERE request = ?1");
        _selectAlias = new(connection, $"{LedgerSchema.Aliases.SelectSql} WHERE tenant = ?1 AND alias = ?2");
        _insertAlias = new(connection, LedgerSchema.Aliases.InsertSql.Replace("INSERT", "INSERT OR REPLACE", StringComparison.Ordinal));
    }

    public void Begin() => _begin.Run();

    /// <summary>Writes all since <see cref="Begin"/> to disk; it is there when this returns.</summary>
    public void Commit()
    {
        if (_headMoved)
        {
            _setHead.Run(_sequence, _hash);
            _headMoved = false;
        }

        _commit.Run();
    }

    /// <summary>Moves the log's content into the database and makes the log's space free again.</summary>
    public void Checkpoint() => _connection.Run("PRAGMA wal_checkpoint(PASSIVE)");

    /// <summary>Appends a record; its sequence number is set here.</summary>
    public Receipt Append(Receipt receipt)
    {
        receipt = receipt with { Sequence = _sequence + 1 };
        object?[] values = LedgerRows.Of(receipt);
        byte[] hash = RowHash.Of(_hash, values);
        _insertRecord.Run([.. values, hash]);
        _sequence++;
        _hash = hash;
        _headMoved = true;
        return receipt;
    }

    /// <summary>The final record of a request; null where it has none.</summary>
    public Receipt? Final(RequestId id) => _selectFinal.First(id.ToBytes()) is { } row ? LedgerRows.ToReceipt(row[..^1]) : null;

    /// <summary>What a request costs with all corrections, in micro-units.</summary>
    public long PriceOf(RequestId id) => (long)_priceOf.First(id.ToBytes())![0]!;

    public void InsertOpen(Reservation reservation) => _insertOpen.Run(HashedTable.Sealed(LedgerRows.Of(reservation, 0, 0)));

    public void Mark(Reservation reservation, long cachedTokens, long completionTokens)
    {
        object?[] row = HashedTable.Sealed(LedgerRows.Of(reservation, cachedTokens, completionTokens));
        One(_updateOpen.Run(row[0], cachedTokens, completionTokens, row[^1]), reservation.Id);
    }

    public void DeleteOpen(RequestId id) => One(_deleteOpen.Run(id.ToBytes()), id);

    /// <summary>The request and body of an idempotency key; null where it is new.</summary>
    public (string BodyHash, RequestId Id)? FindAlias(string tenant, string alias)
    {
        if (_selectAlias.First(tenant, alias) is not { } row)
        {
            return null;
        }

        LedgerSchema.Aliases.Check(_path, row, $"'{alias}' of tenant '{tenant}'");
        return ((string)row[2]!, RequestId.FromBytes((byte[])row[3]!));
    }

    public void PutAlias(string tenant, IdempotencyKey alias, RequestId id) => _insertAlias.Run(HashedTable.Sealed(tenant, alias.Value, alias.BodyHash, id.ToBytes()));

    /// <summary>Closes the file as it is: after a failed write nothing more is moved about in it.</summary>
    public void Abandon()
    {
        _ = SQLitePCL.raw.sqlite3_db_config(_connection.Handle, SQLitePCL.raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        Dispose();
    }

    public void Dispose()
    {
        foreach (Statement statement in new[] { _begin, _commit, _insertRecord, _selectFinal, _priceOf, _setHead, _insertOpen, _updateOpen, _deleteOpen, _selectAlias, _insertAlias })
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    void One(int changed, RequestId id)
    {
        if (changed != 1)
        {
            throw new LedgerException(_path, $"open request {id}", "one row", $"{changed}");
        }
    }
}
