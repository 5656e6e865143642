using Microsoft.Data.Sqlite;

namespace Millrace.Server.Ledger;

/// <summary>Checks a ledger from its first record to its last.</summary>
static class LedgerVerifier
{
    /// <summary>Reads every record and checks its number and its hash, which covers all before it.</summary>
    /// <returns>The last record's number and hash; 0 and zeros where there is none.</returns>
    /// <exception cref="LedgerException">A record is missing or changed; the message names it.</exception>
    public static (long Sequence, byte[] Hash) Verify(string path, SqliteConnection connection)
    {
        if (connection.Scalar("PRAGMA quick_check(1)") is not "ok" and var problem)
        {
            throw new LedgerException(path, "the file", "an intact database", $"{problem}");
        }

        long sequence = 0;
        byte[] hash = RowHash.Zero;
        foreach (object?[] row in connection.Rows($"{LedgerSchema.Records.SelectSql} ORDER BY seq"))
        {
            sequence++;
            if (row[0] is not long found || found != sequence)
            {
                throw new LedgerException(path, $"record {sequence}", "numbers without gaps", $"record {row[0]} in its place");
            }

            hash = RowHash.Of(hash, row.AsSpan(..^1));
            if (row[^1] is not byte[] stored || !hash.AsSpan().SequenceEqual(stored))
            {
                throw new LedgerException(path, $"record {sequence}", $"the hash {Convert.ToHexStringLower(hash)}", $"{(row[^1] is byte[] other ? Convert.ToHexStringLower(other) : "none")}: it was changed after it was written");
            }
        }

        object?[] head = connection.Rows("SELECT seq, hash FROM head").FirstOrDefault() ?? [null, null];
        if (head[0] is not long last || last != sequence || head[1] is not byte[] lastHash || !hash.AsSpan().SequenceEqual(lastHash))
        {
            throw new LedgerException(path, "the last record", $"record {head[0]}", $"record {sequence}");
        }

        return (sequence, hash);
    }
}
