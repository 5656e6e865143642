using System.Buffers;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Millrace.Server.Ledger;

/// <summary>Checks a ledger from its first record to its last.</summary>
static class LedgerVerifier
{
    /// <summary>Checks the database's structure, reads every record, and checks its number and its hash, which covers all before it.</summary>
    /// <returns>The last record's number and hash; 0 and zeros where there is none.</returns>
    /// <exception cref="LedgerException">A record is missing or changed; the message names it.</exception>
    public static (long Sequence, byte[] Hash) Verify(string path, SqliteConnection connection)
    {
        // Records first: their errors name the record.
        (long sequence, byte[] hash) = Records(path, connection);
        object?[] head = connection.Rows("SELECT seq, hash FROM head").FirstOrDefault() ?? [null, null];
        if (head[0] is not long last || last != sequence || head[1] is not byte[] lastHash || !hash.AsSpan().SequenceEqual(lastHash))
        {
            throw new LedgerException(path, "the last record", $"record {head[0]}", $"record {sequence}");
        }

        if (connection.Scalar("PRAGMA integrity_check(1)") is not "ok" and var problem)
        {
            throw new LedgerException(path, "the file", "an intact database", $"{problem}");
        }

        return (sequence, hash);
    }

    static (long Sequence, byte[] Hash) Records(string path, SqliteConnection connection)
    {
        int columns = LedgerSchema.Records.Columns.Length;
        long sequence = 0;
        byte[] hash = new byte[RowHash.Length];
        ArrayBufferWriter<byte> scratch = new(512);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"{LedgerSchema.Records.SelectSql} ORDER BY seq";
        using SqliteDataReader reader = command.ExecuteReader();
        sqlite3_stmt row = reader.Handle!;
        while (reader.Read())
        {
            sequence++;
            long found = raw.sqlite3_column_int64(row, 0);
            if (found != sequence)
            {
                throw new LedgerException(path, $"record {sequence}", "numbers without gaps", $"record {found} in its place");
            }

            RowHash.Of(hash, row, columns, scratch, hash);
            ReadOnlySpan<byte> stored = raw.sqlite3_column_blob(row, columns);
            if (!stored.SequenceEqual(hash))
            {
                throw new LedgerException(path, $"record {sequence}", $"the hash {Convert.ToHexStringLower(hash)}", $"{Convert.ToHexStringLower(stored)}: it was changed after it was written");
            }
        }

        return (sequence, hash);
    }
}
