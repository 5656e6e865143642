using System.Collections.Concurrent;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>The requests that run: found by id, ended all together when the server stops.</summary>
public sealed class RunningRequests(TimeProvider clock)
{
    readonly ConcurrentDictionary<RequestId, InferenceRun> _runs = [];
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long _drainBegan;
    TimeSpan _drainTime;
    bool _draining;

    /// <summary>How many there are.</summary>
    public int Count => _runs.Count;

    /// <summary>Whether the server is about to stop, and takes no more.</summary>
    public bool IsDraining => Volatile.Read(ref _draining);

    /// <summary>Takes no more requests and lets those that run end; what is left after a time ends with an error and its exact bill.</summary>
    /// <param name="patience">The time.</param>
    /// <param name="cancellationToken">Ends the patience.</param>
    public async Task DrainAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        _drainBegan = clock.GetTimestamp();
        _drainTime = patience;
        Volatile.Write(ref _draining, true);
        CheckDrained();
        try
        {
            await _drained.Task.WaitAsync(patience, clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            foreach (InferenceRun run in _runs.Values)
            {
                run.Abort(Stopping());
            }

            await _drained.Task;
        }
    }

    internal IEnumerable<InferenceRun> All => _runs.Values;

    internal void CheckOpen()
    {
        if (IsDraining)
        {
            throw Stopping();
        }
    }

    internal InferenceRun? Find(RequestId id) => _runs.GetValueOrDefault(id);

    internal void Add(InferenceRun run)
    {
        _runs[run.Reservation.Id] = run;
        if (IsDraining)
        {
            run.Abort(Stopping()); // it slipped in
        }
    }

    internal void Remove(InferenceRun run)
    {
        _runs.TryRemove(run.Reservation.Id, out _);
        CheckDrained();
    }

    void CheckDrained()
    {
        if (IsDraining && _runs.IsEmpty)
        {
            _drained.TrySetResult();
        }
    }

    InferenceException Stopping() => new(Refusal.Unavailable, "The server is about to stop")
    {
        RetryAfter = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(1, (_drainTime - clock.GetElapsedTime(_drainBegan)).TotalSeconds))),
    };
}
