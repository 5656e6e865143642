namespace Millrace.Server.Ledger;

/// <summary>The tables of a ledger file.</summary>
static class LedgerSchema
{
    /// <summary>The schema version that this code reads and writes.</summary>
    public const long Version = 1;

    /// <summary>Marks the file as a Millrace ledger ("MLLR").</summary>
    public const long ApplicationId = 0x4D4C4C52;

    /// <summary>Final records and corrections. The hash of each covers the hash before it.</summary>
    public static readonly HashedTable Records = new("records",
    [
        "seq INTEGER PRIMARY KEY",
        "request BLOB NOT NULL CHECK (length(request) = 16)",
        "correction TEXT",
        "written_at INTEGER NOT NULL",
        "tenant TEXT NOT NULL",
        "key TEXT",
        "model TEXT NOT NULL",
        "class INTEGER NOT NULL",
        "ending INTEGER NOT NULL",
        "prompt INTEGER NOT NULL CHECK (prompt >= 0)",
        "cached INTEGER NOT NULL CHECK (cached BETWEEN 0 AND prompt)",
        "completion INTEGER NOT NULL CHECK (completion >= 0)",
        "queue_us INTEGER NOT NULL",
        "prefill_us INTEGER NOT NULL",
        "decode_us INTEGER NOT NULL",
        "weight_bytes INTEGER NOT NULL",
        "kv_bytes_read INTEGER NOT NULL",
        "kv_bytes_written INTEGER NOT NULL",
        "flops INTEGER NOT NULL",
        "kv_byte_seconds INTEGER NOT NULL",
        "compute_us INTEGER NOT NULL",
        "energy_uj INTEGER NOT NULL",
        "energy_measured INTEGER NOT NULL",
        "price_input INTEGER NOT NULL",
        "price_cached INTEGER NOT NULL",
        "price_output INTEGER NOT NULL",
        "price_version TEXT NOT NULL",
    ]);

    /// <summary>Requests that are reserved and not yet settled, with their last progress mark.</summary>
    public static readonly HashedTable Open = new("open",
    [
        "request BLOB NOT NULL PRIMARY KEY CHECK (length(request) = 16)",
        "tenant TEXT NOT NULL",
        "key TEXT",
        "model TEXT NOT NULL",
        "class INTEGER NOT NULL",
        "prompt INTEGER NOT NULL",
        "output INTEGER NOT NULL",
        "price_input INTEGER NOT NULL",
        "price_cached INTEGER NOT NULL",
        "price_output INTEGER NOT NULL",
        "price_version TEXT NOT NULL",
        "cached INTEGER NOT NULL",
        "completion INTEGER NOT NULL",
    ], Options: "STRICT, WITHOUT ROWID");

    /// <summary>Clients' names for requests.</summary>
    public static readonly HashedTable Aliases = new("aliases",
    [
        "tenant TEXT NOT NULL",
        "alias TEXT NOT NULL",
        "body_hash TEXT NOT NULL",
        "request BLOB NOT NULL",
    ], "PRIMARY KEY (tenant, alias)", "STRICT, WITHOUT ROWID");

    /// <summary>API keys: of the secret only its digest.</summary>
    public static readonly HashedTable Keys = new("keys",
    [
        "id TEXT NOT NULL PRIMARY KEY",
        "name TEXT NOT NULL",
        "tenant TEXT NOT NULL",
        "scopes INTEGER NOT NULL",
        "class INTEGER NOT NULL",
        "requests_per_minute INTEGER",
        "tokens_per_minute INTEGER",
        "concurrency INTEGER",
        "budget INTEGER",
        "created_at INTEGER NOT NULL",
        "revoked_at INTEGER",
        "digest BLOB NOT NULL CHECK (length(digest) = 32)",
    ], Options: "STRICT, WITHOUT ROWID");

    /// <summary>Makes the tables of a new file.</summary>
    public static string CreateSql => $"""
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        BEGIN;
        {Records.CreateSql}
        {Open.CreateSql}
        {Aliases.CreateSql}
        {Keys.CreateSql}
        CREATE UNIQUE INDEX one_final ON records (request) WHERE correction IS NULL;
        CREATE UNIQUE INDEX one_name ON keys (name) WHERE revoked_at IS NULL;
        CREATE TRIGGER records_stay BEFORE UPDATE ON records BEGIN SELECT RAISE (ABORT, 'records are never changed'); END;
        CREATE TRIGGER records_remain BEFORE DELETE ON records BEGIN SELECT RAISE (ABORT, 'records are never deleted'); END;
        CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
        INSERT INTO head VALUES (1, 0, zeroblob({RowHash.Length}));
        CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
        INSERT INTO settings VALUES ('key_version', 0);
        COMMIT;
        """;
}
