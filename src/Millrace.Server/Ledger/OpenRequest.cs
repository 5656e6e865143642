namespace Millrace.Server.Ledger;

/// <summary>A request that is reserved and not yet settled. <see cref="ProgressAsync"/> has one caller at a time; <see cref="SettleAsync"/> may be called from anywhere.</summary>
public sealed class OpenRequest
{
    /// <summary>Completion tokens of which a crash may lose the bill: no more are ever handed out beyond the last mark on disk.</summary>
    public const int MostTokensAtRisk = 64;

    /// <summary>Tokens that may be handed out between two calls of <see cref="ProgressAsync"/>.</summary>
    public const int MostTokensAtOnce = 16;

    // Often enough that a stream need not wait for the disk.
    const int TokensBetweenMarks = 32;

    readonly UsageLedger _ledger;
    readonly TaskCompletionSource<Receipt> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task _lastMark = Task.CompletedTask;
    long _sent;
    long _durable;
    int _isSettled;

    internal OpenRequest(UsageLedger ledger, Reservation reservation)
    {
        _ledger = ledger;
        Reservation = reservation;
    }

    /// <summary>What it may use at most.</summary>
    public Reservation Reservation { get; }

    /// <summary>The request.</summary>
    public RequestId Id => Reservation.Id;

    /// <summary>Ends with the final record, once that is on disk.</summary>
    public Task<Receipt> Settled => _settled.Task;

    /// <summary>Whether <see cref="ProgressAsync"/> would note so many tokens on disk: then they must have been sent before it is called, since after a crash they are paid for.</summary>
    /// <param name="completionTokens">Tokens handed over so far.</param>
    public bool IsMarkDue(long completionTokens) =>
        completionTokens > 0 && Volatile.Read(ref _isSettled) == 0 && Volatile.Read(ref _sent) is var sent && (sent == 0 || completionTokens >= sent + TokensBetweenMarks);

    /// <summary>
    /// Says how many completion tokens, of all choices, have been handed to the response writer; call it after each hand-over, of at most <see cref="MostTokensAtOnce"/>.
    /// Ends at once as a rule; after the first hand-over and where marks on disk lag behind, once they have caught up.
    /// </summary>
    /// <param name="completionTokens">Tokens handed over so far.</param>
    /// <param name="cachedTokens">Prompt tokens that the prefix cache held.</param>
    /// <exception cref="LedgerUnavailableException">The ledger has failed: nothing more may be handed over.</exception>
    public ValueTask ProgressAsync(long completionTokens, long cachedTokens)
    {
        if (completionTokens <= 0 || Volatile.Read(ref _isSettled) != 0)
        {
            return default;
        }

        if (IsMarkDue(completionTokens))
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(completionTokens, _sent);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(completionTokens, Reservation.OutputTokens);
            ArgumentOutOfRangeException.ThrowIfNegative(cachedTokens);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(cachedTokens, Reservation.PromptTokens);
            _sent = completionTokens;
            MarkCommand mark = new(this, cachedTokens, completionTokens);
            _lastMark = mark.Task;
            _ledger.Post(mark);
        }

        long durable = Volatile.Read(ref _durable);
        bool mustWait = durable == 0 || completionTokens - durable > MostTokensAtRisk - MostTokensAtOnce;
        return mustWait || _lastMark.IsFaulted ? new ValueTask(_lastMark) : default;
    }

    /// <summary>Ends the request. However often it is called, the first outcome is the one that counts, and all calls end with its record.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome exceeds the reservation.</exception>
    /// <exception cref="LedgerUnavailableException">The ledger has failed: the record may be on disk or not, and the caller must not be told of an end.</exception>
    public Task<Receipt> SettleAsync(Outcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        outcome.Check(Reservation);
        if (Interlocked.Exchange(ref _isSettled, 1) == 0)
        {
            SettleCommand settle = new(_ledger, this, outcome);
            _ledger.Post(settle);
            settle.Task.ContinueWith(Forward, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        return Settled;
    }

    internal void MarkIsDurable(long completionTokens) => Volatile.Write(ref _durable, completionTokens);

    void Forward(Task<Receipt> settle) => _settled.SetFromTask(settle);
}
