using System.Runtime.InteropServices;
using System.Threading.Channels;
using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>The thread that owns the scheduler and the device: schedule, run, complete, while there is anything to do. It allocates when requests come and go, and nothing in the steps between.</summary>
sealed class EngineLoop
{
    const long LeastTimeout = 2_000_000; // of a step before it can count as stuck, in 1e-6 s

    readonly Scheduler _scheduler;
    readonly EngineDevice _device;
    readonly StepSampler _sampler;
    readonly StepLedger _ledger;
    readonly AdmissionQueue _queue;
    readonly EngineOptions _options;
    readonly StepPlanner _planner;
    readonly PowerCap? _power;
    readonly Deadlines _deadlines;
    readonly RunRecorder? _recorder;
    readonly long _begin; // timestamp from which a recording counts
    long _stepBegan;   // timestamp, 0 between steps
    long _stepTimeout; // in 1e-6 s
    readonly Channel<(Generation Generation, bool Cancel)> _inbox = Channel.CreateUnbounded<(Generation, bool)>(new() { SingleReader = true });
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Exception? _fault;
    volatile bool _stopping;

    public EngineLoop(Scheduler scheduler, EngineDevice device, Candidates candidates, StepLedger ledger, AdmissionQueue queue, EngineOptions options, string modelName)
    {
        _options = options;
        _deadlines = new Deadlines(options.TimeProvider);
        _begin = options.TimeProvider.GetTimestamp();
        _recorder = options.Recorder;
        _recorder?.Begin(modelName, scheduler, options.Targets, device.Cost);
        _queue = queue;
        _planner = new StepPlanner(options, device.Cost);
        _power = options is { PowerLimit: { } watts, EnergyMeter: { } meter } ? new PowerCap(meter, watts, options.TimeProvider) : null;
        _scheduler = scheduler;
        _device = device;
        _sampler = new StepSampler(device, candidates, options.MaxSequences);
        _ledger = ledger;
        _ledger.Show(scheduler);
        new Thread(Loop) { IsBackground = true, Name = "millrace-engine" }.Start();
    }

    /// <summary>Whether it works; for any thread.</summary>
    public EngineHealth Health
    {
        get
        {
            long began = Volatile.Read(ref _stepBegan);
            TimeSpan time = began == 0 ? TimeSpan.Zero : _options.TimeProvider.GetElapsedTime(began);
            EngineState state = Volatile.Read(ref _fault) is not null ? EngineState.Faulted
                : _stopping ? EngineState.Stopped
                : time.TotalMicroseconds > Volatile.Read(ref _stepTimeout) ? EngineState.Wedged
                : EngineState.Ready;
            return new(state, time, _fault);
        }
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
                while (_deadlines.Overdue() is { } overdue)
                {
                    End(overdue, FinishReason.Deadline);
                }

                if (!Step())
                {
                    _ledger.Show(_scheduler);
                    _inbox.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult(); // idle until a request comes
                }
            }
        }
        catch (Exception exception)
        {
            _fault = exception; // the bookkeeping itself failed, and cannot be trusted any more
        }

        try
        {
            EndAll();
        }
        finally
        {
            _ended.SetResult(); // whoever disposes the engine waits for this
        }
    }

    void TakeInbox()
    {
        while (_inbox.Reader.TryRead(out (Generation Generation, bool Cancel) message))
        {
            if (!message.Cancel)
            {
                Generation generation = message.Generation;
                generation.StepsWaited = _ledger.Steps;
                _deadlines.Add(generation);
                foreach (Generation follower in CollectionsMarshal.AsSpan(generation.Followers))
                {
                    follower.StepsWaited = _ledger.Steps;
                    _deadlines.Add(follower);
                }

                Accept(generation);
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
            Class = request.Class,
            Priority = request.Priority,
            Tenant = request.Tenant,
            Weight = request.TenantWeight,
            Salt = request.CacheSalt,
            Hidden = generation.Hidden is not null,
            LogitsFrom = generation.Hidden is not null ? generation.Hidden.From : request.PromptLogits is null ? null : request.PromptLogitsFrom,
            Owner = generation,
        };
        try
        {
            generation.Sequence = _scheduler.Add(generation.Prompt, generation.MaxTokens, options);
            _recorder?.Arrive(generation.Sequence, Seconds(generation.Submitted));
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
        _scheduler.StepTokens = _planner.Budget(_scheduler.Running, _scheduler.Waiting);
        StepBatch batch = _scheduler.Schedule();
        if (batch.Slices.Count == 0)
        {
            return false;
        }

        Begin(batch);
        Exception? failure = null;
        try
        {
            _device.Run(batch);
            _sampler.Sample(batch, _scheduler.Scheduled);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        StepReport report = End(batch, failure is null ? _sampler.NewTokens : 0, failure is not null);
        if (failure is null)
        {
            Complete(report);
        }
        else
        {
            FailStep(failure, report);
        }

        Observe(report);
        _power?.Wait();
        return true;
    }

    void Begin(StepBatch batch)
    {
        for (int i = 0; i < batch.Slices.Count; i++)
        {
            StepSlice slice = batch.Slices[i];
            Generation generation = Of(i);
            if (generation.Join(_ledger.Steps, slice.Position < generation.Prompt.Length))
            {
                _queue.Begin(generation);
            }
        }

        _planner.Begin(batch);
        long limit = (long)_options.StepTimeout.TotalMicroseconds;
        Volatile.Write(ref _stepTimeout, _planner.Predicted == 0 ? limit : Math.Min(limit, Math.Max(LeastTimeout, 100 * _planner.Predicted)));
        Volatile.Write(ref _stepBegan, _options.TimeProvider.GetTimestamp());
    }

    StepReport End(StepBatch batch, int newTokens, bool failed)
    {
        Volatile.Write(ref _stepBegan, 0);
        KernelTally.Count(_device.Kernels, batch, _scheduler.Scheduled);
        long microseconds = _ledger.End(batch, _scheduler.Scheduled, _scheduler.Running);
        _recorder?.Step(_ledger.Steps, Seconds(_options.TimeProvider.GetTimestamp()) - microseconds / 1e6, microseconds, _scheduler, batch, failed);
        return StepReport.Of(_ledger.Steps, batch, newTokens, microseconds, _planner.Predicted);
    }

    void Observe(in StepReport report)
    {
        try
        {
            _options.StepObserver?.Invoke(report);
        }
        catch (Exception)
        {
            // It sees, and has no say.
        }
    }

    /// <summary>Advances the sequences of the step, hands out their tokens, and ends those that are complete.</summary>
    void Complete(in StepReport report)
    {
        _planner.End(report.Microseconds);
        _scheduler.Advance();
        _ledger.Publish(_scheduler, report);
        ReadOnlySpan<int> next = _sampler.Next;
        for (int i = 0; i < next.Length; i++)
        {
            Generation generation = Of(i);
            if (generation is { Followers: { } followers, Sequence.Pending: 0 })
            {
                generation.Followers = null;
                Fork(generation.Sequence, followers);
            }

            Append(generation, next[i]);
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
                _recorder?.Fork(follower.Sequence, sequence, Seconds(follower.Submitted));
            }
            catch (OutOfMemoryException exception)
            {
                End(follower, FinishReason.Error, exception); // no memory for its tokens
                continue;
            }

            follower.Join(_ledger.Steps, prompt: true);
            _queue.Begin(follower);
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
            End(generation, next < 0 && (sequence.Count < sequence.Limit || generation.Hidden is not null) ? FinishReason.Stop : FinishReason.Length);
        }
    }

    void FailStep(Exception exception, in StepReport report)
    {
        _ledger.Publish(_scheduler, report);
        for (int i = 0; i < _scheduler.Scheduled.Count; i++)
        {
            End(Of(i), FinishReason.Error, exception);
        }
    }

    double Seconds(long timestamp) => _options.TimeProvider.GetElapsedTime(_begin, timestamp).TotalSeconds;

    Generation Of(int slice) => Generation.Of(_scheduler.Scheduled[slice]);

    void End(Generation generation, FinishReason reason, Exception? error = null)
    {
        if (generation.Sequence is { } sequence)
        {
            _scheduler.Finish(sequence);
            _recorder?.End(sequence, Seconds(_options.TimeProvider.GetTimestamp()), reason);
        }

        _queue.End(generation);
        generation.End(reason, error);
        Promote(generation);
    }

    /// <summary>Where a generation ended before its prompt was computed, the next choice goes on with it.</summary>
    void Promote(Generation ended)
    {
        List<Generation>? followers = ended.Followers;
        ended.Followers = null;
        int next = followers?.FindIndex(follower => follower.FinishReason is null) ?? -1;
        if (next >= 0)
        {
            followers![next].Followers = followers[(next + 1)..];
            Accept(followers[next]);
            if (ended.Sequence is { } sequence)
            {
                followers[next].Sequence?.Succeed(sequence);
            }
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
        if (generation.Sequence is { } sequence)
        {
            _recorder?.End(sequence, Seconds(_options.TimeProvider.GetTimestamp()), reason);
        }

        generation.End(reason, _fault);
        foreach (Generation follower in generation.Followers?.Where(follower => follower.FinishReason is null) ?? [])
        {
            follower.End(reason, _fault);
        }
    }
}
