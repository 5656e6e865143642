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
    readonly Dictionary<Sequence, Generation> _generations = [];
    readonly Channel<(Generation Generation, bool Cancel)> _inbox = Channel.CreateUnbounded<(Generation, bool)>(new() { SingleReader = true });
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<int> _next = []; // for each slice of the step the token drawn, or -1
    Exception? _fault;
    volatile bool _stopping;

    public EngineLoop(Scheduler scheduler, EngineDevice device, Candidates candidates)
    {
        _scheduler = scheduler;
        _device = device;
        _candidates = candidates;
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
            else if (message.Generation.Sequence is { State: not SequenceState.Finished } sequence)
            {
                End(sequence, FinishReason.Cancelled);
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
        };
        try
        {
            generation.Sequence = _scheduler.Add(generation.Prompt, generation.MaxTokens, options);
        }
        catch (Exception exception)
        {
            generation.End(FinishReason.Error, exception); // no memory for its tokens
            return;
        }

        _generations.Add(generation.Sequence, generation);
        _next.EnsureCapacity(_generations.Count);
    }

    /// <summary>One step; false where there was nothing to do.</summary>
    bool Step()
    {
        StepBatch batch = _scheduler.Schedule();
        if (batch.Slices.Count == 0)
        {
            return false;
        }

        for (int i = 0; i < batch.Slices.Count; i++)
        {
            Of(i).MarkStarted();
        }

        try
        {
            _device.Run(batch);
            Sample(batch);
        }
        catch (Exception exception)
        {
            FailStep(exception);
            return true;
        }

        Complete();
        return true;
    }

    /// <summary>Goes through the rows of logits in order: shows a prompt's to who asked, and draws a token from the last row of each sequence that has caught up.</summary>
    void Sample(StepBatch batch)
    {
        _next.Clear();
        int row = 0;
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            Sequence sequence = _scheduler.Scheduled[i];
            int end = slice.Position + slice.Count;
            int next = -1;
            for (int position = end - slice.LogitRows; position < end; position++, row++)
            {
                if (sequence.State == SequenceState.Running)
                {
                    next = Use(Of(i), sequence, position, _device.Logits(row));
                }
            }

            _next.Add(next);
        }
    }

    /// <summary>Does what is wanted with the logits of a position; returns the token drawn, or -1. What goes wrong ends this sequence alone.</summary>
    int Use(Generation generation, Sequence sequence, int position, ReadOnlySpan<float> logits)
    {
        try
        {
            if (position < sequence.PromptLength)
            {
                generation.Request.PromptLogits?.Invoke(position, logits);
            }

            return position == sequence.Count - 1 && generation.MaxTokens > 0 ? generation.Draw(logits[.._candidates.Vocabulary], _candidates) : -1;
        }
        catch (Exception exception)
        {
            End(sequence, FinishReason.Error, exception);
            return -1;
        }
    }

    /// <summary>Advances the sequences of the step and ends those that are complete.</summary>
    void Complete()
    {
        int count = _scheduler.Scheduled.Count;
        Span<int> next = CollectionsMarshal.AsSpan(_next);
        for (int i = 0; i < count; i++)
        {
            if (next[i] >= 0)
            {
                Of(i).Publish();
            }
        }

        _scheduler.Complete(next);
        for (int i = 0; i < count; i++)
        {
            Sequence sequence = _scheduler.Scheduled[i];
            if (sequence.State == SequenceState.Finished && _generations.ContainsKey(sequence))
            {
                End(sequence, next[i] < 0 && sequence.Count < sequence.Limit ? FinishReason.Stop : FinishReason.Length);
            }
        }
    }

    void FailStep(Exception exception)
    {
        for (int i = 0; i < _scheduler.Scheduled.Count; i++)
        {
            if (_scheduler.Scheduled[i] is { State: SequenceState.Running } sequence)
            {
                End(sequence, FinishReason.Error, exception);
            }
        }
    }

    Generation Of(int slice) => _generations[_scheduler.Scheduled[slice]];

    void End(Sequence sequence, FinishReason reason, Exception? error = null)
    {
        _scheduler.Finish(sequence);
        _generations.Remove(sequence, out Generation? generation);
        generation!.End(reason, error);
    }

    void EndAll()
    {
        FinishReason reason = _fault is null ? FinishReason.Cancelled : FinishReason.Error;
        _inbox.Writer.TryComplete();
        while (_inbox.Reader.TryRead(out (Generation Generation, bool Cancel) message))
        {
            if (!message.Cancel)
            {
                message.Generation.End(reason, _fault);
            }
        }

        foreach (Generation generation in _generations.Values)
        {
            generation.End(reason, _fault);
        }
    }
}
