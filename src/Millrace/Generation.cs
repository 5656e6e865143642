using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Millrace.Sampling;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>A request on its way: a stream of tokens that is read once, by one reader. Leaving the stream early, or cancelling its token, cancels the request within one step.</summary>
/// <remarks>The engine's thread writes into room made at submission and wakes the reader; neither side allocates or waits for the other for a token.</remarks>
public sealed class Generation : IAsyncEnumerable<TokenOutput>, IAsyncEnumerator<TokenOutput>, IValueTaskSource<bool>
{
    readonly Engine _engine;
    readonly Sampler _sampler;
    readonly IReadOnlySet<int> _stopTokens;
    readonly int[] _tokens;
    readonly long _submitted;
    readonly TokenLogProbability[][]? _logProbabilities;
    ManualResetValueTaskSourceCore<bool> _signal = new() { RunContinuationsAsynchronously = true };
    CancellationTokenRegistration _registration;
    CancellationToken _cancellation;
    Exception? _error;
    int _written;
    int _read;
    int _ended;    // 1 once nothing more is written
    int _armed;    // 1 while the reader waits for a signal
    int _reading;  // 1 once somebody reads
    int _cancelled;
    long? _started, _firstToken, _finished; // timestamps

    internal Generation(Engine engine, GenerationRequest request, int[] prompt, int maxTokens, IReadOnlySet<int> stopTokens, Sampler sampler, int choice)
    {
        Choice = choice;
        _engine = engine;
        Request = request;
        MaxTokens = maxTokens;
        _sampler = sampler;
        Prompt = prompt;
        _tokens = new int[maxTokens];
        _stopTokens = stopTokens;
        _logProbabilities = request.TopLogProbabilities is null ? null : new TokenLogProbability[maxTokens][];
        _submitted = engine.Options.TimeProvider.GetTimestamp();
    }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Which of the choices of one prompt it is, from 0.</summary>
    public int Choice { get; }

    /// <summary>New tokens at most.</summary>
    public int MaxTokens { get; }

    /// <summary>When it was handed in, by the engine's clock.</summary>
    internal long Submitted => _submitted;

    /// <summary>How far it has come; may be asked at any time by anyone.</summary>
    public GenerationProgress Progress => new(_started is not null, Math.Min(Sequence?.Reached ?? 0, Prompt.Length), Volatile.Read(ref _written));

    /// <summary>Why it ended; null while it runs.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Prompt tokens that were computed or found so far.</summary>
    public int PromptTokensDone => Sequence?.PromptTokensDone ?? 0;

    /// <summary>Prompt tokens that were found so far.</summary>
    public int CachedTokens => Sequence?.CachedTokens ?? 0;

    /// <summary>The vector that its prompt became, of length 1, where that was asked for and it has ended so; else empty.</summary>
    public ReadOnlyMemory<float> Embedding { get; internal set; }

    /// <summary>What it used; complete once it has ended.</summary>
    public Usage Usage { get; private set; }

    /// <summary>Its share of all steps that it took part in; complete once it has ended.</summary>
    public Consumption Consumption { get; internal set; }

    /// <summary>What became of it on its way; complete once it has ended.</summary>
    public GenerationTrace Trace => new(
        Sequence?.CachedBlocks ?? 0, Sequence?.Miss ?? default, StepsWaited, Steps, PromptSteps, Sequence?.Preemptions ?? 0, Sequence?.RecomputedTokens ?? 0);

    /// <summary>Which kernels ran in how many of its steps; complete once it has ended, empty where the device does not say.</summary>
    public IReadOnlyList<KernelSteps> Kernels => Tally?.Steps ?? [];

    /// <summary>How long it took; valid once it has ended.</summary>
    public Timings Timings
    {
        get
        {
            TimeProvider clock = _engine.Options.TimeProvider;
            TimeSpan Until(long? timestamp) => timestamp is { } end ? clock.GetElapsedTime(_submitted, end) : default;
            return new(Until(_started), Until(_firstToken), Until(_finished));
        }
    }

    /// <inheritdoc/>
    public TokenOutput Current { get; private set; }

    internal int[] Prompt { get; }

    /// <summary>Pools its hidden states, where those are wanted in place of tokens.</summary>
    internal HiddenPool? Hidden { get; init; }

    /// <summary>The engine's step at which it was taken in, then how many it waited.</summary>
    internal long StepsWaited { get; set; }

    internal KernelTally? Tally { get; set; }

    internal int Steps { get; private set; }

    internal int PromptSteps { get; private set; }

    internal bool Started => _started is not null;

    /// <summary>The timestamp of its first step, once it has begun.</summary>
    internal long Began => _started!.Value;

    /// <summary>The timestamp of its first token, if it has one.</summary>
    internal long? FirstToken => _firstToken;

    internal Sequence? Sequence { get; set; }

    /// <summary>What went wrong with it in the current step, which it ends with.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>Other choices of the same prompt, which wait until it is computed here and then share it; null where there are none.</summary>
    internal List<Generation>? Followers { get; set; }

    /// <summary>The first token of a follower, drawn from its leader's logits; -1 for a stop token.</summary>
    internal int Drawn { get; set; } = -1;

    /// <summary>Whose sequence it is.</summary>
    internal static Generation Of(Sequence sequence) => Unsafe.As<Generation>(sequence.Owner!);

    /// <summary>Ends the request within one step; does nothing once it has ended.</summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _cancelled, 1) == 0 && Volatile.Read(ref _ended) == 0)
        {
            _engine.Cancel(this);
        }
    }

    /// <summary>Begins to read. Only once.</summary>
    public IAsyncEnumerator<TokenOutput> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException("a generation is read once");
        }

        _cancellation = cancellationToken;
        _registration = cancellationToken.UnsafeRegister(static generation => ((Generation)generation!).Cancel(), this);
        return this;
    }

    /// <inheritdoc/>
    public ValueTask<bool> MoveNextAsync()
    {
        if (TryRead(out bool more))
        {
            return new(more);
        }

        _signal.Reset();
        Interlocked.Exchange(ref _armed, 1);
        // What was written before the flag was raised has given no signal; whoever takes the flag down again speaks.
        bool news = _read < Volatile.Read(ref _written) || Volatile.Read(ref _ended) == 1;
        if (news && Interlocked.Exchange(ref _armed, 0) == 1)
        {
            TryRead(out more);
            return new(more);
        }

        return new(this, _signal.Version);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Cancel();
        return _registration.DisposeAsync();
    }

    /// <summary>Takes part in a step, the engine's so manieth; true for the first.</summary>
    internal bool Join(long step, bool prompt)
    {
        Steps++;
        PromptSteps += prompt ? 1 : 0;
        if (_started is not null)
        {
            return false;
        }

        _started = _engine.Options.TimeProvider.GetTimestamp();
        StepsWaited = step - StepsWaited;
        return true;
    }

    /// <summary>Whether its time is up.</summary>
    internal bool IsOverdue(TimeProvider clock, long now) =>
        clock.GetElapsedTime(_submitted, now) is var elapsed && (elapsed >= Request.Deadline || (_started is null && elapsed >= Request.QueueDeadline));

    /// <summary>Draws the next token and keeps it for <see cref="Publish"/>; -1 for a stop token.</summary>
    internal int Draw(ReadOnlySpan<float> logits, ReadOnlySpan<int> tokens, Candidates candidates)
    {
        int token = _sampler.Sample(logits, tokens, candidates);
        if (_stopTokens.Contains(token))
        {
            return -1;
        }

        if (_logProbabilities is not null)
        {
            double normalizer = LogProbabilities.Normalizer(logits);
            var item = new TokenLogProbability[1 + Request.TopLogProbabilities!.Value];
            item[0] = new(token, logits[token] - normalizer);
            LogProbabilities.Top(logits, normalizer, candidates, item.AsSpan(1));
            _logProbabilities[_written] = item;
        }

        return _tokens[_written] = token;
    }

    /// <summary>Hands the token drawn to the reader.</summary>
    internal void Publish()
    {
        _firstToken ??= _engine.Options.TimeProvider.GetTimestamp();
        Volatile.Write(ref _written, _written + 1);
        Wake();
    }

    internal void End(FinishReason reason, Exception? error)
    {
        _finished = _engine.Options.TimeProvider.GetTimestamp();
        _started ??= _finished;
        _firstToken ??= _finished;
        Usage = Choice == 0 ? new(Prompt.Length, Sequence?.CachedTokens ?? 0, _written) : new(0, 0, _written);
        FinishReason = reason;
        _error = error;
        Volatile.Write(ref _ended, 1);
        Wake();
    }

    bool IValueTaskSource<bool>.GetResult(short token)
    {
        _signal.GetResult(token);
        TryRead(out bool more);
        return more;
    }

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _signal.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _signal.OnCompleted(continuation, state, token, flags);

    void Wake()
    {
        if (Interlocked.Exchange(ref _armed, 0) == 1)
        {
            _signal.SetResult(true);
        }
    }

    /// <summary>Takes the next token, or learns that there is none; false where that is not known yet.</summary>
    bool TryRead(out bool more)
    {
        bool ended = Volatile.Read(ref _ended) == 1; // before the count: at the end the count is final
        more = _read < Volatile.Read(ref _written);
        if (more)
        {
            Current = new(_tokens[_read], _logProbabilities?[_read]);
            _read++;
            return true;
        }

        if (ended && FinishReason == Millrace.FinishReason.Error)
        {
            throw new GenerationException(_error!);
        }

        if (ended && FinishReason == Millrace.FinishReason.Cancelled)
        {
            _cancellation.ThrowIfCancellationRequested();
        }

        return ended;
    }
}
