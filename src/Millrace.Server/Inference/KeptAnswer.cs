using System.Runtime.CompilerServices;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>The answer to a request with an idempotency key, kept for all that send it again.</summary>
/// <param name="key">The key, and what was asked.</param>
/// <param name="bytes">What it may take at most.</param>
sealed class KeptAnswer(IdempotencyKey key, long bytes)
{
    /// <summary>About what an event takes besides its text.</summary>
    public const int EventBytes = 96;

    readonly TaskCompletionSource<InferenceRun> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock _gate = new();
    readonly List<InferenceEvent> _events = [];
    TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Exception? _error;

    public IdempotencyKey Key => key;

    /// <summary>What it takes: at most while it runs, in truth once it has ended.</summary>
    public long Bytes { get; private set; } = bytes;

    /// <summary>Completes when it is on its way, or fails as its start did.</summary>
    public Task<InferenceRun> Started => _started.Task;

    /// <summary>When it ended; null while it runs.</summary>
    public long? EndedAt { get; private set; }

    /// <summary>It could not start.</summary>
    public void Refuse(Exception exception)
    {
        _started.TrySetException(exception);
        _ = _started.Task.Exception; // somebody may wait for it, or nobody
    }

    /// <summary>Reads the run to its end.</summary>
    public async Task KeepAsync(InferenceRun run, TimeProvider clock)
    {
        _started.TrySetResult(run);
        try
        {
            await foreach (InferenceEvent item in run.ReadAsync(sends: false, CancellationToken.None))
            {
                Add(item);
            }
        }
#pragma warning disable CA1031 // Whatever it is, it is thrown at each reader.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _error = exception;
        }

        lock (_gate)
        {
            EndedAt = clock.GetTimestamp();
            Bytes = _events.Sum(static item => EventBytes + 2L * item.Text.Length + (long)sizeof(float) * item.Embedding.Length + 16L * (item.Token?.LogProbabilities?.Count ?? 0));
            _news.TrySetResult();
        }
    }

    /// <summary>All of it from its beginning, as it comes; for any number of readers.</summary>
    public async IAsyncEnumerable<InferenceEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        InferenceRun run = await Started.WaitAsync(cancellationToken);
        long tokens = 0;
        for (int next = 0; ;)
        {
            Task? news = null;
            InferenceEvent item = default;
            lock (_gate)
            {
                if (next < _events.Count)
                {
                    item = _events[next++];
                }
                else if (EndedAt is null)
                {
                    news = _news.Task;
                }
                else if (_error is not null)
                {
                    throw _error;
                }
                else
                {
                    yield break;
                }
            }

            if (news is null)
            {
                yield return item;
                tokens += item.Token is null ? 0 : 1;
                await run.MarkAsync(tokens);
            }
            else
            {
                await news.WaitAsync(cancellationToken);
            }
        }
    }

    void Add(in InferenceEvent item)
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            _events.Add(item);
            news = _news;
            _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        news.TrySetResult();
    }
}
