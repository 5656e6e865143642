using Millrace.Scheduling;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>A request on its way: read once, by one reader, whose leaving cancels it. Whoever started it disposes it. A request with an idempotency key runs to its end, whoever leaves, so that the same request sent again can have its answer.</summary>
public sealed class Inference : IAsyncDisposable
{
    readonly InferenceRun _run;
    readonly KeptAnswer? _kept;

    internal Inference(InferenceRun run, ModelLease model, KeptAnswer? kept)
    {
        _run = run;
        Model = model;
        _kept = kept;
    }

    /// <summary>The server's own id of the request: 32 hexadecimal digits, random.</summary>
    public string Id => _run.Reservation.Id.ToString();

    /// <summary>When it came.</summary>
    public DateTimeOffset Created => _run.Created;

    /// <summary>The class that it is served in.</summary>
    public ServiceClass Class => _run.Reservation.Class;

    /// <summary>What answers.</summary>
    public ModelLease Model { get; }

    /// <summary>What it used, of all choices, each prompt counted once; valid once its last event was read.</summary>
    public Usage Usage => _run.Usage;

    /// <summary>How long it took: until the first of its answers began, until the first token of any, and until the last ended; valid once its last event was read.</summary>
    public Timings Timings => _run.Timings;

    /// <summary>Its bill; null until its last event was read.</summary>
    public Receipt? Receipt => _run.Receipt;

    /// <summary>Ends one answer within one step.</summary>
    /// <param name="choice">Which.</param>
    public void Cancel(int choice) => _run.Cancel(choice);

    /// <summary>Whether the next call for an event notes so many tokens on disk as handed out: they must have been sent by then, since after a crash they are paid for.</summary>
    /// <param name="tokens">Tokens read so far.</param>
    public bool IsMarkDue(long tokens) => _run.IsMarkDue(tokens);

    /// <summary>Reads the answers as they come; the last event of a choice carries its finish reason. The bill is on disk before the last event is handed out.</summary>
    /// <exception cref="GenerationException">The generation failed.</exception>
    /// <exception cref="InferenceException">The server ended it: its key was revoked, its time was over, it was cancelled by an administrator, or the server stops.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IAsyncEnumerable<InferenceEvent> ReadAsync(CancellationToken cancellationToken = default) =>
        _kept?.ReadAsync(cancellationToken) ?? _run.ReadAsync(sends: true, cancellationToken);

    /// <summary>Ends it, if it has not ended.</summary>
    public ValueTask DisposeAsync() => _kept is null ? new(_run.FinishAsync(Ending.Disconnected)) : default;
}
