namespace Millrace.Server.Ledger;

/// <summary>A piece of work for the writer.</summary>
abstract class LedgerCommand
{
    /// <summary>Writes it, on the writer's thread, in a transaction with others.</summary>
    public abstract void Apply(LedgerStore store);

    /// <summary>It is on disk.</summary>
    public abstract void Complete();

    /// <summary>It may be on disk or not; nobody may be told that it is.</summary>
    public abstract void Fail(LedgerUnavailableException exception);
}

/// <summary>A command with a result that somebody awaits.</summary>
abstract class LedgerCommand<T> : LedgerCommand
{
    readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Exception? _refusal;
    T? _result;

    /// <summary>Ends once the result is on disk.</summary>
    public Task<T> Task => _completion.Task;

    public sealed override void Apply(LedgerStore store)
    {
        try
        {
            _result = Run(store);
        }
        catch (ArgumentException exception)
        {
            // Wrong use hurts only who did it: nothing was written for it.
            _refusal = exception;
        }
    }

    public override void Complete()
    {
        if (_refusal is not null)
        {
            _completion.TrySetException(_refusal);
            return;
        }

        Completed(_result!);
        _completion.TrySetResult(_result!);
    }

    public override void Fail(LedgerUnavailableException exception) => _completion.TrySetException(exception);

    /// <summary>Writes it. Throws an <see cref="ArgumentException"/> before the first write where it is asked wrongly.</summary>
    protected abstract T Run(LedgerStore store);

    /// <summary>It is on disk; nobody has been told yet.</summary>
    protected virtual void Completed(T result)
    {
    }
}
