using System.Runtime.CompilerServices;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>A request that is reserved in the ledger and handed to the engine. Whatever ends it, it is settled once, by what was handed out.</summary>
sealed class InferenceRun
{
    readonly AnswerSet _answers;
    readonly OpenRequest _bill;
    readonly TimeSpan _beforeEngine;
    readonly bool _streams;
    readonly TimeProvider _clock;
    readonly Action<InferenceRun> _ended;
    readonly Lock _gate = new();
    InferenceException? _abortion;
    Task? _finish;
    long _completionTokens;
    long _handedOut;
    bool _failed;
    bool _isRead;

    /// <summary>A request on its way.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="answers">What the engine makes.</param>
    /// <param name="bill">Its reservation.</param>
    /// <param name="beforeEngine">How long it took from its arrival to the engine.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="ended">Called once it is settled, or can never be.</param>
    public InferenceRun(Caller caller, ModelLease model, InferenceRequest request, AnswerSet answers, OpenRequest bill, TimeSpan beforeEngine, TimeProvider clock, Action<InferenceRun> ended)
    {
        Caller = caller;
        Model = model;
        Operation = request.Operation;
        _streams = request.Streams;
        Created = clock.GetUtcNow();
        _answers = answers;
        _bill = bill;
        _beforeEngine = beforeEngine;
        _clock = clock;
        _ended = ended;
    }

    public Caller Caller { get; }

    public ModelLease Model { get; }

    public string Operation { get; }

    public DateTimeOffset Created { get; }

    public Reservation Reservation => _bill.Reservation;

    /// <summary>What it used; valid once it has ended.</summary>
    public Usage Usage { get; private set; }

    /// <summary>How long it took; valid once it has ended.</summary>
    public Timings Timings { get; private set; }

    /// <summary>Its final record, once that is on disk.</summary>
    public Receipt? Receipt { get; private set; }

    /// <summary>Tokens handed out so far.</summary>
    public long CompletionTokens => Volatile.Read(ref _completionTokens);

    /// <summary>Since when its reader has had an event without asking for the next; 0 while it waits for one.</summary>
    public long HeldSince => Volatile.Read(ref _handedOut);

    /// <summary>How it stands or went.</summary>
    public RequestRecord ToRecord() => new()
    {
        Id = Reservation.Id,
        Tenant = Caller.Tenant,
        Model = Reservation.Model,
        Operation = Operation,
        Class = Reservation.Class,
        Created = Created,
        Usage = Receipt is null ? new(checked((int)Reservation.PromptTokens), 0, checked((int)CompletionTokens)) : Usage,
        Traces = Receipt is null ? [] : _answers.Traces,
        Weights = Model.Engine.Device?.Weights ?? default,
        Kernels = Receipt is null ? [] : _answers.Kernels,
        Operations = OperationUse.Of(Model.Engine),
        Receipt = Receipt,
    };

    /// <summary>Ends one answer within one step.</summary>
    public void Cancel(int choice) => _answers.Cancel(choice);

    /// <summary>Ends it within one step, against its reader's will: the reader gets the reason once the bill is on disk.</summary>
    public void Abort(InferenceException reason)
    {
        lock (_gate)
        {
            _abortion ??= _finish is null ? reason : null;
        }

        _answers.Cancel();
    }

    /// <summary>Reads it, once. See <see cref="Inference.ReadAsync"/>.</summary>
    /// <param name="sends">Whether what is read is sent, and not kept for others to send, who call <see cref="MarkAsync"/>.</param>
    /// <param name="cancellationToken">Ends the reading, and the request.</param>
    public async IAsyncEnumerable<InferenceEvent> ReadAsync(bool sends, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isRead, true))
        {
            throw new InvalidOperationException("an inference is read once");
        }

        int open = _answers.Readers.Count;
        try
        {
            while (await WaitAsync(cancellationToken))
            {
                while (_answers.Events.TryRead(out InferenceEvent item))
                {
                    ThrowIfAborted();
                    ThrowIfOverdue(item);
                    _completionTokens += item.Token is null ? 0 : 1;
                    if (item.FinishReason is not null && --open == 0)
                    {
                        await FinishAsync(_answers.Ending);
                        if (Receipt!.Outcome.Ending == Ending.Cancelled && _abortion is { } reason)
                        {
                            throw reason; // it came while the last event was on its way
                        }
                    }

                    Volatile.Write(ref _handedOut, _clock.GetTimestamp());
                    yield return item;
                    Volatile.Write(ref _handedOut, 0);
                    if (sends)
                    {
                        await MarkAsync(_completionTokens);
                    }
                }
            }
        }
        finally
        {
            Volatile.Write(ref _handedOut, 0);
            await FinishAsync(Ending.Disconnected);
        }
    }

    /// <summary>Ends it, if it has not ended, and settles it; every call completes when that is on disk.</summary>
    /// <param name="ending">What ended it, unless it failed or was aborted.</param>
    /// <exception cref="InferenceException">The ledger has failed.</exception>
    public Task FinishAsync(Ending ending)
    {
        lock (_gate)
        {
            return _finish ??= FinishOnceAsync(_abortion is not null ? Ending.Cancelled : _failed ? Ending.Error : ending);
        }
    }

    async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            bool more = await _answers.Events.WaitToReadAsync(cancellationToken);
            ThrowIfAborted();
            return more;
        }
        catch (GenerationException)
        {
            _failed = true;
            throw;
        }
    }

    void ThrowIfAborted()
    {
        if (Volatile.Read(ref _abortion) is { } reason && _finish is null)
        {
            throw reason;
        }
    }

    void ThrowIfOverdue(in InferenceEvent item)
    {
        if (item.FinishReason == FinishReason.Deadline)
        {
            Abort(new(Refusal.Deadline, "The request was not done by its deadline"));
            ThrowIfAborted();
        }
    }

    /// <summary>Whether <see cref="MarkAsync"/> would write so many tokens down.</summary>
    public bool IsMarkDue(long handedOut) => _streams && _bill.IsMarkDue(handedOut);

    /// <summary>So many tokens were sent to a reader, or, of an answer that is kept for many, to the one that came furthest.</summary>
    public async ValueTask MarkAsync(long handedOut)
    {
        if (!_streams)
        {
            return;
        }

        try
        {
            ValueTask mark;
            lock (_gate)
            {
                mark = _bill.ProgressAsync(handedOut, _answers.NotComputed);
            }

            await mark;
        }
        catch (LedgerUnavailableException exception)
        {
            throw Unbillable(exception);
        }
    }

    async Task FinishOnceAsync(Ending ending)
    {
        await _answers.LeaveAsync();
        Outcome outcome = _answers.ToOutcome(ending, _completionTokens, _beforeEngine);
        Usage = new(checked((int)outcome.PromptTokens), checked((int)outcome.CachedTokens), checked((int)outcome.CompletionTokens));
        Timings = _answers.Timings;
        try
        {
            Receipt = await _bill.SettleAsync(outcome);
        }
        catch (LedgerUnavailableException exception)
        {
            throw Unbillable(exception);
        }
        finally
        {
            _ended(this);
        }
    }

    static InferenceException Unbillable(Exception cause) => new(Refusal.Unavailable, "The server cannot write its ledger", cause);
}
