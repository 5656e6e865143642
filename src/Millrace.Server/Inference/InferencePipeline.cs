using System.Diagnostics;
using Millrace.Server.Hosting;
using Millrace.Server.Ledger;
using Millrace.Server.Limits;
using Millrace.Server.Metrics;
using Millrace.Server.Models;

namespace Millrace.Server.Inference;

/// <summary>The one way of a request through the server, whichever API it came by: a place among those that run, a reservation in the ledger, the engine, and a bill.</summary>
public sealed partial class InferencePipeline
{
    /// <summary>The most answers of one request, of all its prompts together.</summary>
    public const int MostAnswers = 128;

    readonly ServerOptions _options;
    readonly UsageLedger _ledger;
    readonly KeyLimiter _limiter;
    readonly RunningRequests _running;
    readonly RequestLog _log;
    readonly TimeProvider _clock;
    readonly CacheSalts _salts;
    readonly KeptAnswers _kept;
    readonly ServerMetrics _metrics;
    readonly EntryCount _entries = new();

    internal InferencePipeline(ServerOptions options, UsageLedger ledger, KeyLimiter limiter, RunningRequests running, RequestLog log, CacheSalts salts, ServerMetrics metrics)
    {
        _options = options;
        _ledger = ledger;
        _limiter = limiter;
        _running = running;
        _log = log;
        _salts = salts;
        _metrics = metrics;
        _clock = options.TimeProvider;
        _kept = new KeptAnswers(_clock);
    }

    /// <summary>Refuses a request that could not run whatever it asks, before work is done for it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="InferenceException">It could not run.</exception>
    public void CheckOpen(Caller caller)
    {
        _running.CheckOpen();
        if (_ledger.Failure is not null)
        {
            throw new InferenceException(Refusal.Unavailable, "The server cannot write its ledger") { RetryAfter = TimeSpan.FromSeconds(30) };
        }

        if (caller.Key is { } key && _limiter.Status(key).Requests is { Remaining: 0 } requests)
        {
            throw LimitRefusals.ToException(new(Limit.Requests, requests.Most, 1, TimeSpan.FromMinutes(1) / requests.Most));
        }
    }

    /// <summary>Admits a request and hands it to the engine.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What answers; the caller gives it back once the answer is read.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Cancels the admission.</param>
    /// <returns>The request on its way, which the caller disposes.</returns>
    /// <exception cref="InferenceException">It is refused.</exception>
    public async ValueTask<Inference> StartAsync(Caller caller, ModelLease model, InferenceRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        cancellationToken.ThrowIfCancellationRequested();
        long[] outputTokens = Sizes.Check(model.Engine, request);
        return caller.Idempotency is null
            ? new Inference(await RunAsync(caller, model, request, outputTokens.Sum()), model, null)
            : await StartKeptAsync(caller, model, request, outputTokens.Sum(), cancellationToken);
    }

    async Task<Inference> StartKeptAsync(Caller caller, ModelLease model, InferenceRequest request, long outputTokens, CancellationToken cancellationToken)
    {
        long bytes = outputTokens * (KeptAnswer.EventBytes + 16L * (1 + request.TopLogProbabilities ?? 0))
            + (request.Embed ? request.Prompts.Count * (KeptAnswer.EventBytes + (long)sizeof(float) * model.Engine.EmbeddingWidth) : 0);
        KeptAnswer answer = _kept.Take(caller.Tenant, caller.Idempotency!, bytes, out bool isNew);
        if (isNew)
        {
            _ = RunKeptAsync(caller, model.Share(), request, outputTokens, answer);
        }

        return new Inference(await answer.Started.WaitAsync(cancellationToken), model, answer);
    }

    /// <summary>Runs a request to its end, whoever waits for it.</summary>
    async Task RunKeptAsync(Caller caller, ModelLease model, InferenceRequest request, long outputTokens, KeptAnswer answer)
    {
        using ModelLease held = model;
        try
        {
            InferenceRun run = await RunAsync(caller with { Disconnect = null }, model, request, outputTokens);
            await answer.KeepAsync(run, _clock);
            if (run.Receipt is null or { Outcome.IsFree: true })
            {
                _kept.Forget(caller.Tenant, answer); // it may be tried again
            }
        }
#pragma warning disable CA1031 // Whatever it is, it is thrown at all who wait.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _kept.Forget(caller.Tenant, answer);
            answer.Refuse(exception);
        }
    }

    async Task<InferenceRun> RunAsync(Caller caller, ModelLease model, InferenceRequest request, long outputTokens)
    {
        long arrived = _clock.GetTimestamp();
        CheckOpen(caller);
        Reservation reservation = Reserve(caller, model, request, outputTokens);
        long share = _salts.Of(reservation.Tenant, "", null); // under which number a tenant takes turns with others
        Action entered = _entries.Enter(model.Engine, request, reservation.Class, share);
        Admission? admission = null;
        OpenRequest? bill = null;
        Activity? activity = _metrics.Begin(request.Operation, model.Name);
        try
        {
            admission = Admit(caller, reservation);
            bill = await ReserveAsync(reservation);
            GenerationRequest common = Common(caller, reservation, share, request);
            TimeSpan beforeEngine = _clock.GetElapsedTime(arrived);
            AnswerSet answers = new(model, request, prompt => Of(common, request, prompt), _metrics.Of(model.Name), _clock);
            InferenceRun run = new(caller, model, request, answers, bill, beforeEngine, _clock, run => End(run, admission, activity));
            _running.Add(run);
            _metrics.Of(model.Name).Admitted(request.Choices, request.MaxTokens);
            return run;
        }
        catch (Exception exception)
        {
            if (bill is not null)
            {
                await bill.SettleAsync(new() { Ending = Ending.Error, PromptTokens = 0, CompletionTokens = 0 });
            }

            admission?.Release(0);
            activity?.Dispose();
            throw Sizes.RefusalOf(exception) ?? exception;
        }
        finally
        {
            entered();
        }
    }

    Reservation Reserve(Caller caller, ModelLease model, InferenceRequest request, long outputTokens) => new()
    {
        Id = RequestId.New(),
        Tenant = caller.Tenant,
        Key = caller.KeyId,
        Model = model.Name,
        Class = caller.ClassOf(request.Class),
        PromptTokens = request.Prompts.Sum(static prompt => (long)prompt.Count),
        OutputTokens = outputTokens,
        Price = _options.Prices.Of(model.Name),
        PriceVersion = _options.Prices.Version,
        Idempotency = caller.Idempotency,
    };

    /// <summary>Takes a place within the limits of the key; null where there is none.</summary>
    Admission? Admit(Caller caller, Reservation reservation)
    {
        if (caller.Key is null)
        {
            return null;
        }

        Admission? admission = _limiter.Admit(caller.Key, reservation.PromptTokens + reservation.OutputTokens, reservation.WorstPrice, out LimitRefusal? refusal);
        return refusal is null ? admission : throw LimitRefusals.ToException(refusal);
    }

    void End(InferenceRun run, Admission? admission, Activity? activity)
    {
        if (run.Receipt is { } receipt)
        {
            _metrics.Settled(activity, run.Operation, receipt, run.Timings);
        }

        activity?.Dispose();
        admission?.Release(run.Usage.PromptTokens + (long)run.Usage.CompletionTokens);
        _log.Add(run);
        _running.Remove(run);
    }

    async Task<OpenRequest> ReserveAsync(Reservation reservation)
    {
        try
        {
            ReserveResult result = await _ledger.ReserveAsync(reservation);
            return result.Status == ReserveStatus.Reserved ? result.Request!
                : throw KeptAnswers.Conflict(result.Status == ReserveStatus.Conflict ? "came with another body" : $"was answered as request {result.Id}, whose answer is no longer kept");
        }
        catch (LedgerUnavailableException exception)
        {
            throw new InferenceException(Refusal.Unavailable, "The server cannot write its ledger", exception);
        }
    }

    /// <summary>What all prompts of a request have in common.</summary>
    GenerationRequest Common(Caller caller, Reservation reservation, long share, InferenceRequest request) => new()
    {
        Prompt = [],
        MaxTokens = request.MaxTokens,
        Embed = request.Embed,
        StopTokens = request.StopTokens,
        TopLogProbabilities = request.TopLogProbabilities,
        CacheSalt = _salts.Of(reservation.Tenant, reservation.Model, request.CacheSalt),
        Class = reservation.Class,
        Tenant = share,
        Deadline = caller.Deadline is { } own && !(request.Deadline < own) ? own : request.Deadline,
    };

    static GenerationRequest Of(GenerationRequest common, InferenceRequest request, int prompt) => common with
    {
        Prompt = request.Prompts[prompt],
        Sampling = request.Sampling with { Seed = unchecked(request.Sampling.Seed + (ulong)(prompt * request.Choices)) },
        PromptLogits = request.PromptLogits is { } observer ? (position, logits) => observer(prompt, position, logits) : null,
    };
}
