using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Millrace.Server.Ledger;

/// <summary>Makes, opens and locks ledger files.</summary>
static class LedgerFile
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const int ShortestDatabase = 512;
    const int WaitForOthersMilliseconds = 5000;

    /// <summary>Opens a ledger file, after making it if there is none. Keep no other handle on the file in this process: closing it would drop SQLite's locks.</summary>
    /// <exception cref="LedgerException">It is no ledger of this version, or cannot be written.</exception>
    public static SqliteConnection Open(string path)
    {
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
        {
            throw new LedgerException(path, "the file", "a Millrace ledger", "a folder");
        }

        if (!File.Exists(path))
        {
            Create(path);
        }

        // SQLite takes so short a file for a new one.
        if (new FileInfo(path).Length is < ShortestDatabase and var length)
        {
            throw new LedgerException(path, "the file", "a Millrace ledger", $"{length} bytes");
        }

        LogCheck.Check(path);
        return Guard(path, () =>
        {
            SqliteConnection connection = Connect(path);
            try
            {
                Check(path, connection);
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        });
    }

    /// <summary>Takes the place of the one writer, until the result is disposed or the process ends.</summary>
    /// <exception cref="LedgerTakenException">Another process has it.</exception>
    public static FileStream LockForWriting(string path)
    {
        string lockPath = Path.GetFullPath(path) + ".lock";
        try
        {
            return new FileStream(lockPath, PrivateTo(FileMode.OpenOrCreate));
        }
        catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new LedgerTakenException(path, lockPath, exception);
        }
    }

    /// <summary>Runs what reads or writes the file, and names the file in its errors.</summary>
    public static T Guard<T>(string path, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (SqliteException exception)
        {
            throw Translate(path, exception);
        }
    }

    /// <summary>An error of SQLite as one that names the file.</summary>
    public static LedgerException Translate(string path, SqliteException exception)
    {
        (string expected, string found) = exception.SqliteErrorCode switch
        {
            raw.SQLITE_NOTADB => ("a Millrace ledger", "no SQLite database"),
            raw.SQLITE_CORRUPT => ("an intact database", exception.Message),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ("a free file", "one that another process has locked"),
            raw.SQLITE_READONLY => ("a writable file", "a read-only one"),
            raw.SQLITE_FULL => ("room on the disk", "a full disk"),
            _ => ("a file that can be read and written", $"{exception.Message} (SQLite {exception.SqliteExtendedErrorCode})"),
        };
        return new LedgerException(path, "the file", expected, found, exception);
    }

    static void Create(string path)
    {
        if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
        {
            throw new LedgerException(path, "the file", $"a ledger beside its log {path}-wal", "none");
        }

        string folder = Path.GetDirectoryName(path)!;
        bool isNew = !Directory.Exists(folder);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        }

        // Whole under its name or not there: a crash on the way leaves a file that nobody reads.
        string partial = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.new";
        try
        {
            new FileStream(partial, PrivateTo(FileMode.CreateNew)).Dispose();
            Guard(path, () =>
            {
                using SqliteConnection connection = Connect(partial);
                connection.Run(LedgerSchema.CreateSql);
                return 0;
            });
            File.Move(partial, path, overwrite: false);
            DurableFolder.Flush(folder);
            if (isNew && Path.GetDirectoryName(folder) is { } parent)
            {
                DurableFolder.Flush(parent);
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process was faster.
        }
        finally
        {
            File.Delete(partial);
        }
    }

    static FileStreamOptions PrivateTo(FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return options;
    }

    static SqliteConnection Connect(string path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 1 }.ConnectionString);
        try
        {
            connection.Open();
            connection.Run($"PRAGMA busy_timeout = {WaitForOthersMilliseconds}; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    static void Check(string path, SqliteConnection connection)
    {
        long application = (long)connection.Scalar("PRAGMA application_id")!;
        if (application != LedgerSchema.ApplicationId)
        {
            throw new LedgerException(path, "application_id", $"{LedgerSchema.ApplicationId} (a Millrace ledger)", $"{application}");
        }

        long version = (long)connection.Scalar("PRAGMA user_version")!;
        if (version != LedgerSchema.Version)
        {
            throw new LedgerException(path, "schema version", $"{LedgerSchema.Version}", $"{version}");
        }

        if (raw.sqlite3_db_readonly(connection.Handle, "main") != 0)
        {
            throw new LedgerException(path, "the file", "a writable file", "a read-only one");
        }

        if (connection.Scalar("PRAGMA journal_mode = WAL") is not "wal")
        {
            throw new LedgerException(path, "journal mode", "wal", "a file system without shared memory");
        }

        connection.Run("PRAGMA wal_autocheckpoint = 0");
    }
}
