using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Millrace.Server.Ledger;

/// <summary>
/// The one thread that writes. All commands that wait are one transaction (group commit): while a flush to disk is under way, the next group gathers.
/// After a failed write it never writes again: what a failed flush left in the system's cache cannot be known.
/// </summary>
sealed class LedgerWriter
{
    const int MostCommandsTogether = 512;
    const int CommandsBetweenCheckpoints = 1000;

    readonly Channel<LedgerCommand> _commands = Channel.CreateUnbounded<LedgerCommand>(new() { SingleReader = true });
    readonly LedgerStore _store;
    readonly string _path;
    readonly Action<WriteStep>? _probe;
    readonly Thread _thread;
    readonly List<LedgerCommand> _group = [];
    volatile LedgerUnavailableException? _failure;
    volatile string? _waiting;
    int _sinceCheckpoint;

    public LedgerWriter(string path, LedgerStore store, Action<WriteStep>? probe)
    {
        _path = path;
        _store = store;
        _probe = probe;
        _thread = new Thread(Run) { Name = "ledger", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Why nothing can be written now; null where all is well.</summary>
    public string? Failure => _failure?.Message ?? _waiting;

    /// <summary>Hands over a command; it is completed or failed, always.</summary>
    public void Post(LedgerCommand command)
    {
        if (!_commands.Writer.TryWrite(command))
        {
            command.Fail(_failure ?? new LedgerUnavailableException("the ledger is closed"));
        }
    }

    /// <summary>Writes what has been handed over, then closes the file.</summary>
    public void Close()
    {
        _commands.Writer.TryComplete();
        _thread.Join();
    }

    void Run()
    {
        try
        {
            while (_commands.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                Gather();
                Write();
            }

            _store.Dispose();
        }
#pragma warning disable CA1031 // Whatever it is, no write may follow and nobody may wait for ever.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
    }

    void Gather()
    {
        _group.Clear();
        while (_group.Count < MostCommandsTogether && _commands.Reader.TryRead(out LedgerCommand? command))
        {
            _group.Add(command);
        }
    }

    void Write()
    {
        Begin();
        _probe?.Invoke(WriteStep.Begun);
        foreach (LedgerCommand command in _group)
        {
            command.Apply(_store);
            _probe?.Invoke(WriteStep.Applied);
        }

        _probe?.Invoke(WriteStep.Committing);
        _store.Commit();
        _probe?.Invoke(WriteStep.Committed);
        foreach (LedgerCommand command in _group)
        {
            command.Complete();
        }

        _probe?.Invoke(WriteStep.Acknowledged);
        _sinceCheckpoint += _group.Count;
        _group.Clear();
        if (_sinceCheckpoint >= CommandsBetweenCheckpoints)
        {
            _sinceCheckpoint = 0;
            _store.Checkpoint();
            _probe?.Invoke(WriteStep.Checkpointed);
        }
    }

    // Another process may hold the file for a moment (a key is added); nothing is written yet, so waiting is safe.
    void Begin()
    {
        while (true)
        {
            try
            {
                _store.Begin();
                _waiting = null;
                return;
            }
            catch (SqliteException exception) when (exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
            {
                _waiting = LedgerFile.Translate(_path, exception).Message;
            }
        }
    }

    void Fail(Exception exception)
    {
        string reason = exception is SqliteException sqlite ? LedgerFile.Translate(_path, sqlite).Message : exception.Message;
        _failure = new LedgerUnavailableException($"the ledger has failed: {reason}", exception);
        _commands.Writer.TryComplete();
        foreach (LedgerCommand command in _group)
        {
            command.Fail(_failure);
        }

        while (_commands.Reader.TryRead(out LedgerCommand? command))
        {
            command.Fail(_failure);
        }

        _store.Abandon();
    }
}
