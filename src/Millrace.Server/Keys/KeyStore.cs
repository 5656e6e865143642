using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Millrace.Scheduling;
using Millrace.Server.Ledger;

namespace Millrace.Server.Keys;

/// <summary>
/// The API keys, in the ledger's file but with a connection of their own: any process may add and revoke while another serves.
/// Checks use a copy in memory, which follows the file within <see cref="Delay"/> and stays as it is while the file cannot be read.
/// </summary>
public sealed class KeyStore : IDisposable
{
    /// <summary>How long a change by another process may take to be seen.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    static readonly byte[] NoDigest = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    readonly Lock _gate = new();
    readonly string _path;
    readonly TimeProvider _clock;
    readonly SqliteConnection _connection;
    readonly ITimer _timer;
    FrozenDictionary<string, (ApiKey Key, byte[] Digest)> _keys = FrozenDictionary<string, (ApiKey Key, byte[] Digest)>.Empty;
    long _version = -1;
    bool _disposed;

    KeyStore(string path, TimeProvider clock, SqliteConnection connection)
    {
        _path = path;
        _clock = clock;
        _connection = connection;
        LedgerFile.Guard(path, Load);
        _timer = clock.CreateTimer(_ => Refresh(), null, Delay, Delay);
    }

    /// <summary>Why changes cannot be seen now; null where all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>All keys, revoked ones included, by name.</summary>
    public IReadOnlyList<ApiKey> Keys => [.. Volatile.Read(ref _keys).Values.Select(entry => entry.Key).OrderBy(key => key.Name, StringComparer.Ordinal).ThenBy(key => key.Created)];

    /// <summary>Whether a key was ever made: then nothing is open without one, even if all are revoked.</summary>
    public bool HasKeys => Volatile.Read(ref _keys).Count > 0;

    /// <summary>Opens the keys of a ledger file; it is made if there is none.</summary>
    /// <exception cref="LedgerException">It is no sound ledger of this version.</exception>
    public static KeyStore Open(string path, TimeProvider clock)
    {
        path = Path.GetFullPath(path);
        SqliteConnection connection = LedgerFile.Open(path);
        try
        {
            return new KeyStore(path, clock, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The live key that a text is; null where it is none. Takes the same steps for a wrong secret, an unknown id and a revoked key.</summary>
    public ApiKey? Authenticate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] digest = KeySecret.Digest(text);
        bool known = Volatile.Read(ref _keys).TryGetValue(KeySecret.IdOf(text), out (ApiKey Key, byte[] Digest) entry);
        bool equal = CryptographicOperations.FixedTimeEquals(digest, known ? entry.Digest : NoDigest);
        return equal & known && entry.Key.Revoked is null ? entry.Key : null;
    }

    /// <summary>Whether a key still opens anything: a look-up that streams may make at every token.</summary>
    public bool IsLive(string id) => Volatile.Read(ref _keys).TryGetValue(id, out (ApiKey Key, byte[] Digest) entry) && entry.Key.Revoked is null;

    /// <summary>Makes a key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tenant">Who pays.</param>
    /// <param name="scopes">What it opens.</param>
    /// <param name="serviceClass">The class of its requests.</param>
    /// <param name="limits">What it may use.</param>
    /// <returns>The key, and its text, which nobody can show again.</returns>
    /// <exception cref="ArgumentException">A value is not allowed (see <see cref="IsName"/>), or a live key has the name.</exception>
    /// <exception cref="LedgerException">The file cannot be written.</exception>
    public (ApiKey Key, string Text) Add(string name, string tenant, KeyScopes scopes, ServiceClass serviceClass, KeyLimits limits)
    {
        CheckName(name, nameof(name));
        CheckName(tenant, nameof(tenant));
        ArgumentNullException.ThrowIfNull(limits);
        limits.Check();
        (string id, string text) = KeySecret.New();
        ApiKey key = new() { Id = id, Name = name, Tenant = tenant, Scopes = scopes, Class = serviceClass, Limits = limits, Created = Now() };
        Change(() =>
        {
            if (Live(name) is not null)
            {
                throw new ArgumentException($"there is a key '{name}' already");
            }

            using Statement insert = new(_connection, LedgerSchema.Keys.InsertSql);
            insert.Run(HashedTable.Sealed(KeyRows.Of(key, KeySecret.Digest(text))));
        });
        return (key, text);
    }

    /// <summary>Revokes a live key: it opens nothing more, in any process within <see cref="Delay"/>.</summary>
    /// <param name="idOrName">Its id or its name.</param>
    /// <returns>The key; null where there is no such live key.</returns>
    /// <exception cref="LedgerException">The file cannot be written.</exception>
    public ApiKey? Revoke(string idOrName)
    {
        ApiKey? revoked = null;
        Change(() =>
        {
            if (Live(idOrName) is not (ApiKey key, byte[] digest))
            {
                return;
            }

            revoked = key with { Revoked = Now() };
            object?[] row = HashedTable.Sealed(KeyRows.Of(revoked, digest));
            using Statement update = new(_connection, "UPDATE keys SET revoked_at = ?2, hash = ?3 WHERE id = ?1");
            update.Run(row[0], row[^3], row[^1]);
        });
        return revoked;
    }

    /// <summary>What names of keys and tenants are.</summary>
    public const string NameRule = "from 1 to 128 characters, none of them a control character";

    /// <summary>Whether a key or a tenant may be named so: <see cref="NameRule"/>.</summary>
    public static bool IsName(string name) => !string.IsNullOrWhiteSpace(name) && name.Length <= 128 && !name.Any(char.IsControl);

    /// <summary>Stops following the file.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _disposed = true;
            _connection.Dispose();
        }
    }

    (ApiKey Key, byte[] Digest)? Live(string idOrName) =>
        _keys.Values.Where(entry => entry.Key.Revoked is null && (entry.Key.Id == idOrName || entry.Key.Name == idOrName)).Select(entry => ((ApiKey, byte[])?)entry).FirstOrDefault();

    // As exact as the file.
    DateTimeOffset Now() => LedgerTime.ToUtc(LedgerTime.Of(_clock.GetUtcNow()));

    void Change(Action write)
    {
        lock (_gate)
        {
            LedgerFile.Guard(_path, () =>
            {
                _connection.Run("BEGIN IMMEDIATE");
                try
                {
                    Load(); // What another process did until now counts.
                    write();
                    _connection.Run("UPDATE settings SET value = value + 1 WHERE name = 'key_version'; COMMIT");
                }
                catch
                {
                    _connection.Run("ROLLBACK");
                    throw;
                }

                return Load();
            });
        }
    }

    void Refresh()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            try
            {
                LedgerFile.Guard(_path, Load);
                Failure = null;
            }
            catch (LedgerException exception)
            {
                Failure = exception.Message;
            }
        }
    }

    bool Load()
    {
        if (_connection.Scalar("SELECT value FROM settings WHERE name = 'key_version'") is not long version)
        {
            throw new LedgerException(_path, "settings key_version", "a number", "none");
        }

        if (version == _version)
        {
            return false;
        }

        Dictionary<string, (ApiKey Key, byte[] Digest)> keys = new(StringComparer.Ordinal);
        foreach (object?[] row in _connection.Rows(LedgerSchema.Keys.SelectSql))
        {
            LedgerSchema.Keys.Check(_path, row, $"'{row[0]}'");
            (ApiKey key, byte[] digest) = KeyRows.ToKey(row[..^1]);
            keys.Add(key.Id, (key, digest));
        }

        Volatile.Write(ref _keys, keys.ToFrozenDictionary(StringComparer.Ordinal));
        _version = version;
        return true;
    }

    static void CheckName(string name, string parameter)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"{parameter}: expected {NameRule}", parameter);
        }
    }
}
