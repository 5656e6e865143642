using System.Runtime.InteropServices;
using System.Threading.Channels;
using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>The thread that owns the scheduler and the device: schedule, run, complete, while there is anything to do. It allocates when requests come and go, and nothing in the steps between.</summary>
sealed class EngineLoop
{
    readonly Scheduler _scheduler;
    readonly EngineDevice _device;
    readonly Candidates _candidates;
    readonly StepLedger _ledger;
    readonly Channel<(Generation Generation, bool Cancel)> _inbox = Channel.CreateUnbounded<(Generation, bool)>(new() { SingleReader = true });
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<int> _next = []; // for each slice of the step the token drawn, or -1
    int _newTokens; // drawn in the step
    Exception? _fault;
    volatile bool _stopping;

    public EngineLoop(Scheduler scheduler, EngineDevice device, Candidates candidates, StepLedger ledger, int maxSequences)
    {
        _scheduler = scheduler;
        _device = device;
        _candidates = candidates;
        _ledger = ledger;
        _next.EnsureCapacity(maxSequences);
        new Thread(Loop) { IsBackground = true, Name = "millrace-engine" }.Start();
    }

    /// <summary>Hands in a request.</summary>
    public void Add(Generation generation)
    {
        if (!_inbox.Writer.TryWrite((generation, false)))
        {
            throw new ObjectDisposedException(nameof(Engine), _fault);
        }
    }

    /// <summary>Cancels a request, unless it has ended.</summary>
    public void Cancel(Generation generation) => _inbox.Writer.TryWrite((generation, true));

    /// <summary>Cancels everything; completes when the thread is done with the device.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        _inbox.Writer.TryComplete();
        return _ended.Task;
    }

    void Loop()
    {
        try
        {
            while (!_stopping)
            {
                TakeInbox();
                if (!Step())
                {
                    _inbox.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult(); // idle until a request comes
                }
            }
        }
        catch (Exception exception)
        {
            _fault = exception; // the bookkeeping itself failed, and cannot be trusted any more
        }

        EndAll();
        _ended.SetResult();
    }

    void TakeInbox()
    {
        while (_inbox.Reader.TryRead(out (Generation Generation, bool Cancel) message))
        {
            if (!message.Cancel)
            {
                Accept(message.Generation);
            }
            else if (message.Generation.FinishReason is null)
            {
                End(message.Generation, FinishReason.Cancelled);
            }
        }
    }

    void Accept(Generation generation)
    {
        GenerationRequest request = generation.Request;
        SequenceOptions options = new()
        {
            Priority = request.Priority,
            Salt = request.CacheSalt,
            LogitsFrom = request.PromptLogits is null ? null : request.PromptLogitsFrom,
            Owner = generation,
        };
        try
        {
            generation.Sequence = _scheduler.Add(generation.Prompt, generation.MaxTokens, options);
        }
        catch (Exception exception)
        {
            End(generation, FinishReason.Error, exception); // no memory for its tokens
        }
    }

    /// <summary>One step; false where there was nothing to do.</summary>
    bool Step()
    {
        _ledger.Begin();
        StepBatch batch = _scheduler.Schedule();
        if (batch.Slices.Count == 0)
        {
            return false;
        }

        for (int i = 0; i < batch.Slices.Count; i++)
        {
            Of(i).MarkStarted();
        }

        Exception? failure = null;
        try
        {
            _device.Run(batch);
            Sample(batch);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        _ledger.End(batch, _scheduler.Scheduled, _scheduler.Running);
        if (failure is null)
        {
            Complete();
        }
        else
        {
            FailStep(failure);
        }

        return true;
    }

    /// <summary>Goes through the rows of logits in order: shows a prompt's to who asked, and draws a token from the last row of each sequence that has caught up.</summary>
    void Sample(StepBatch batch)
    {
        _next.Clear();
        _newTokens = 0;
        int row = 0;
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            Generation generation = Of(i);
            int end = slice.Position + slice.Count;
            int next = -1;
            for (int position = end - slice.LogitRows; position < end; position++, row++)
            {
                if (generation.Failure is null)
                {
                    next = Use(generation, position, _device.Logits(row));
                }
            }

            _next.Add(next);
        }
    }

    /// <summary>Does what is wanted with the logits of a position; returns the token drawn, or -1. What goes wrong ends this sequence alone.</summary>
    int Use(Generation generation, int position, ReadOnlySpan<float> logits)
    {
        Sequence sequence = generation.Sequence!;
        try
        {
            if (position < sequence.PromptLength)
            {
                generation.Request.PromptLogits?.Invoke(position, logits);
            }

            if (position < sequence.Count - 1)
            {
                return -1;
            }

            foreach (Generation follower in CollectionsMarshal.AsSpan(generation.Followers))
            {
                follower.Drawn = Draw(follower, sequence, logits);
            }

            return Draw(generation, sequence, logits);
        }
        catch (Exception exception)
        {
            generation.Failure = exception;
            return -1;
        }
    }

    int Draw(Generation generation, Sequence sequence, ReadOnlySpan<float> logits)
    {
        if (generation.MaxTokens == 0 || generation.FinishReason is not null)
        {
            return -1;
        }

        try
        {
            int token = generation.Draw(logits[.._candidates.Vocabulary], sequence.Tokens, _candidates);
            _newTokens += token >= 0 ? 1 : 0;
            return token;
        }
        catch (Exception exception)
        {
            generation.Failure = exception;
            return -1;
        }
    }

    /// <summary>Advances the sequences of the step, hands out their tokens, and ends those that are complete.</summary>
    void Complete()
    {
        _scheduler.Advance();
        _ledger.Publish(_scheduler, _newTokens);
        for (int i = 0; i < _next.Count; i++)
        {
            Generation generation = Of(i);
            if (generation is { Followers: { } followers, Sequence.Pending: 0 })
            {
                generation.Followers = null;
                Fork(generation.Sequence, followers);
            }

            Append(generation, _next[i]);
        }
    }

    /// <summary>Lets the choices that waited for a prompt go their own ways from its end.</summary>
    void Fork(Sequence sequence, List<Generation> followers)
    {
        foreach (Generation follower in followers)
        {
            if (follower.FinishReason is not null)
            {
                continue;
            }

            try
            {
                follower.Sequence = _scheduler.Fork(sequence, follower);
            }
            catch (OutOfMemoryException exception)
            {
                follower.End(FinishReason.Error, exception); // no memory for its tokens
                continue;
            }

            follower.MarkStarted();
            Append(follower, follower.Drawn);
        }
    }

    /// <summary>Hands out the token drawn, and ends what is complete.</summary>
    void Append(Generation generation, int next)
    {
        Sequence sequence = generation.Sequence!;
        if (generation.Failure is { } failure)
        {
            End(generation, FinishReason.Error, failure);
            return;
        }

        if (next >= 0)
        {
            generation.Publish();
        }

        _scheduler.Append(sequence, next);
        if (sequence.State == SequenceState.Finished)
        {
            End(generation, next < 0 && sequence.Count < sequence.Limit ? FinishReason.Stop : FinishReason.Length);
        }
    }

    void FailStep(Exception exception)
    {
        _ledger.Publish(_scheduler, newTokens: 0);
        for (int i = 0; i < _scheduler.Scheduled.Count; i++)
        {
            End(Of(i), FinishReason.Error, exception);
        }
    }

    Generation Of(int slice) => Generation.Of(_scheduler.Scheduled[slice]);

    void End(Generation generation, FinishReason reason, Exception? error = null)
    {
        if (generation.Sequence is { } sequence)
        {
            _scheduler.Finish(sequence);
        }

        generation.End(reason, error);
        Promote(generation);
    }

    /// <summary>Where a generation ended before its prompt was computed, the next choice computes it.</summary>
    void Promote(Generation ended)
    {
        List<Generation>? followers = ended.Followers;
        ended.Followers = null;
        int next = followers?.FindIndex(follower => follower.FinishReason is null) ?? -1;
        if (next >= 0)
        {
            followers![next].Followers = followers[(next + 1)..];
            Accept(followers[next]);
        }
    }

    void EndAll()
    {
        FinishReason reason = _fault is null ? FinishReason.Cancelled : FinishReason.Error;
        _inbox.Writer.TryComplete();
        while (_inbox.Reader.TryRead(out (Generation Generation, bool Cancel) message))
        {
            if (!message.Cancel)
            {
                EndAll(message.Generation, reason);
            }
        }

        foreach (Sequence sequence in _scheduler.Running.Concat(_scheduler.Waiting))
        {
            EndAll(Generation.Of(sequence), reason);
        }
    }

    void EndAll(Generation generation, FinishReason reason)
    {
        generation.End(reason, _fault);
        foreach (Generation follower in generation.Followers?.Where(follower => follower.FinishReason is null) ?? [])
        {
            follower.End(reason, _fault);
        }
    }
}
