using System.Threading.Channels;
using Millrace.Sampling;
using Millrace.Server.Ledger;
using Millrace.Server.Metrics;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>The answers to all prompts of a request, read together in the order in which they come. Nothing waits here for a reader: each answer's tokens stand in its generation's own buffer until they are asked for.</summary>
sealed class AnswerSet
{
    readonly AnswerReader[] _readers;
    readonly IReadOnlyList<IReadOnlyList<int>> _prompts;
    readonly int _choices;
    readonly Channel<InferenceEvent> _events;
    readonly ModelMetrics _metrics;
    readonly TimeProvider _clock;
    readonly bool _measuresEnergy;

    /// <summary>Hands all prompts to the engine; where one is refused, none runs.</summary>
    /// <param name="model">What answers.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="generation">What the engine is asked for a prompt.</param>
    /// <param name="metrics">What counts its tokens.</param>
    /// <param name="clock">The clock.</param>
    public AnswerSet(ModelLease model, InferenceRequest request, Func<int, GenerationRequest> generation, ModelMetrics metrics, TimeProvider clock)
    {
        _metrics = metrics;
        _measuresEnergy = model.Engine.MeasuresEnergy;
        _clock = clock;
        _ = new StopMatcher(request.Stop); // a wrong one is refused before anything runs
        _prompts = request.Prompts;
        _choices = request.Choices;
        IReadOnlyList<Generation> generations = model.Engine.SubmitAll([.. Enumerable.Range(0, _prompts.Count).Select(generation)], _choices);
        _readers = [.. generations.Select(submitted => new AnswerReader(model.Engine, submitted, request.Stop))];
        _events = Channel.CreateBounded<InferenceEvent>(new BoundedChannelOptions(_readers.Length) { SingleReader = true, AllowSynchronousContinuations = true });
        Task.WhenAll(Enumerable.Range(0, _readers.Length).Select(choice => Task.Run(() => PumpAsync(choice)))).ContinueWith(static (pumps, events) => ((ChannelWriter<InferenceEvent>)events!).TryComplete(pumps.Exception?.InnerException), _events.Writer, TaskScheduler.Default);
    }

    /// <summary>The answers.</summary>
    public IReadOnlyList<AnswerReader> Readers => _readers;

    /// <summary>What comes. It ends after the last event of the last answer, or with the exception of the first that failed.</summary>
    public ChannelReader<InferenceEvent> Events => _events.Reader;

    /// <summary>How long they took: until the first began, until the first token of any, until the last ended; valid once all have ended.</summary>
    public Timings Timings => new(
        _readers.Min(reader => reader.Timings.Queued),
        _readers.Min(reader => reader.Timings.FirstToken),
        _readers.Max(reader => reader.Timings.Total));

    /// <summary>What became of each on its way; valid once all have ended.</summary>
    public IReadOnlyList<GenerationTrace> Traces => [.. _readers.Select(static reader => reader.Trace)];

    /// <summary>Which kernels ran in how many of their steps, of all together; valid once all have ended.</summary>
    public IReadOnlyList<KernelSteps> Kernels =>
    [
        .. _readers.SelectMany(static reader => reader.Kernels)
            .GroupBy(static steps => (steps.Weights, steps.Path))
            .Select(static group => new KernelSteps(group.Key.Weights, group.Key.Path, group.Sum(static steps => steps.PromptSteps), group.Sum(static steps => steps.DecodeSteps))),
    ];

    /// <summary>What ended them, where nothing came between.</summary>
    public Ending Ending =>
        _readers.Any(reader => reader.FinishReason == FinishReason.Length) ? Ending.Length
        : _readers.Any(reader => reader.FinishReason == FinishReason.Stop) ? Ending.Stop
        : Ending.Cancelled;

    /// <summary>Prompt tokens that were found in the prefix cache, or are not computed yet.</summary>
    public long NotComputed
    {
        get
        {
            long count = 0;
            for (int prompt = 0; prompt < _prompts.Count; prompt++)
            {
                AnswerReader first = _readers[prompt * _choices];
                count += _prompts[prompt].Count - first.PromptTokensDone + first.CachedTokens;
            }

            return count;
        }
    }

    /// <summary>What they used; valid once all have ended. Of a prompt counts what was computed or found, once.</summary>
    /// <param name="ending">What ended them.</param>
    /// <param name="completionTokens">Tokens handed out.</param>
    /// <param name="beforeEngine">How long the request took to the engine.</param>
    public Outcome ToOutcome(Ending ending, long completionTokens, TimeSpan beforeEngine)
    {
        // The first answer that came furthest with a prompt computed it; to the others it was there.
        AnswerReader[] prompts = [.. _readers.Chunk(_choices).Select(static answers => answers.MaxBy(static answer => answer.PromptTokensDone)!)];
        Timings timings = Timings;
        return new()
        {
            Ending = ending,
            PromptTokens = prompts.Sum(static answer => (long)answer.PromptTokensDone),
            CachedTokens = prompts.Sum(static answer => (long)answer.CachedTokens),
            CompletionTokens = completionTokens,
            EnergyMeasured = _measuresEnergy,
            Consumption = _readers.Aggregate(default(Consumption), static (sum, answer) => sum + answer.Consumption),
            QueueMicroseconds = Microseconds(beforeEngine + timings.Queued),
            PrefillMicroseconds = Microseconds(timings.FirstToken - timings.Queued),
            DecodeMicroseconds = Microseconds(timings.Total - timings.FirstToken),
        };
    }

    /// <summary>Ends all answers within one step; what they had ready can still be read.</summary>
    public void Cancel()
    {
        foreach (AnswerReader reader in _readers)
        {
            reader.Cancel();
        }
    }

    /// <summary>Ends one answer within one step.</summary>
    public void Cancel(int choice) => _readers[choice].Cancel();

    /// <summary>Ends all answers, with nobody there to read on; completes when the engine is done with them.</summary>
    public async Task LeaveAsync()
    {
        Cancel();
        while (await Events.WaitToReadAsync().AsTask().ContinueWith(static wait => wait.IsCompletedSuccessfully && wait.Result, TaskScheduler.Default))
        {
            while (Events.TryRead(out _))
            {
                // What was ready, and nobody takes.
            }
        }
    }

    async Task PumpAsync(int choice)
    {
        AnswerReader reader = _readers[choice];
        long last = _clock.GetTimestamp();
        try
        {
            // Without a token: the generation is read to its end, so that what it used is known.
            await foreach (AnswerPiece piece in reader.ReadAsync(CancellationToken.None))
            {
                if (piece.Token is not null)
                {
                    long now = _clock.GetTimestamp();
                    _metrics.Token(_clock.GetElapsedTime(last, now), first: reader.Tokens == 1);
                    last = now;
                }

                await _events.Writer.WriteAsync(new(choice, piece.Text, piece.Token, null, null));
            }
        }
        catch (GenerationException)
        {
            Cancel();
            throw;
        }

        await _events.Writer.WriteAsync(new(choice, "", null, reader.FinishReason, reader.StopString, reader.Embedding));
    }

    static long Microseconds(TimeSpan time) => Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond);
}
