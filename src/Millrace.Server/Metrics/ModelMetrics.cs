using Millrace.Server.Ledger;

namespace Millrace.Server.Metrics;

/// <summary>What is counted of one model. Thread-safe.</summary>
/// <param name="clock">The clock.</param>
sealed class ModelMetrics(TimeProvider clock)
{
    readonly long[] _ended = new long[(int)Ending.Crashed + 1];
    long _promptTokens;
    long _cachedTokens;
    long _outputTokens;
    long _priceMicros;

    /// <summary>From submission to the first token, in seconds.</summary>
    public Histogram FirstToken { get; } = new(Histogram.FirstTokenSeconds);

    /// <summary>Between the tokens of one answer, in seconds.</summary>
    public Histogram InterToken { get; } = new(Histogram.TokenSeconds);

    /// <summary>The mean time of a request's tokens after the first, in seconds.</summary>
    public Histogram TokenOfRequest { get; } = new(Histogram.TokenSeconds);

    /// <summary>From submission to the end, in seconds.</summary>
    public Histogram Total { get; } = new(Histogram.RequestSeconds);

    /// <summary>From submission to the first step, in seconds.</summary>
    public Histogram Queue { get; } = new(Histogram.RequestSeconds);

    /// <summary>From the first step to the first token, in seconds.</summary>
    public Histogram Prefill { get; } = new(Histogram.RequestSeconds);

    /// <summary>From the first token to the end, in seconds.</summary>
    public Histogram Decode { get; } = new(Histogram.RequestSeconds);

    /// <summary>From the first step to the end, in seconds.</summary>
    public Histogram Inference { get; } = new(Histogram.RequestSeconds);

    /// <summary>Tokens of prompts.</summary>
    public Histogram Prompt { get; } = new(Histogram.Tokens);

    /// <summary>Tokens of answers.</summary>
    public Histogram Generation { get; } = new(Histogram.Tokens);

    /// <summary>Choices asked for.</summary>
    public Histogram Choices { get; } = new(Histogram.Choices);

    /// <summary>Tokens asked for at most.</summary>
    public Histogram MaxTokens { get; } = new(Histogram.Tokens);

    /// <summary>Tokens of a step.</summary>
    public Histogram StepTokens { get; } = new(Histogram.StepTokens);

    /// <summary>Times to the first token of the last half minute, in seconds.</summary>
    public RecentValues RecentFirstToken { get; } = new(clock);

    /// <summary>Times between tokens of the last half minute, in seconds.</summary>
    public RecentValues RecentInterToken { get; } = new(clock);

    /// <summary>Prompts of the last half minute; weights are their tokens.</summary>
    public RecentValues RecentPrompt { get; } = new(clock);

    /// <summary>Tokens of prompts, cached ones included.</summary>
    public long PromptTokens => Volatile.Read(ref _promptTokens);

    /// <summary>Tokens of prompts that were found computed.</summary>
    public long CachedTokens => Volatile.Read(ref _cachedTokens);

    /// <summary>Tokens of answers.</summary>
    public long OutputTokens => Volatile.Read(ref _outputTokens);

    /// <summary>What was charged, in 1e-6 of the currency.</summary>
    public long PriceMicros => Volatile.Read(ref _priceMicros);

    /// <summary>Requests that ended so.</summary>
    public long Ended(Ending ending) => Volatile.Read(ref _ended[(int)ending]);

    /// <summary>A token was handed out, so long after the one before of its answer, or after the submission.</summary>
    public void Token(TimeSpan gap, bool first)
    {
        Interlocked.Increment(ref _outputTokens);
        (first ? FirstToken : InterToken).Record(gap.TotalSeconds);
        (first ? RecentFirstToken : RecentInterToken).Record(gap.TotalSeconds);
    }

    /// <summary>A request ended and is settled.</summary>
    public void Settled(Receipt receipt, Timings timings)
    {
        Outcome usage = receipt.Outcome;
        Interlocked.Increment(ref _ended[(int)usage.Ending]);
        Interlocked.Add(ref _promptTokens, usage.PromptTokens);
        Interlocked.Add(ref _cachedTokens, usage.CachedTokens);
        Interlocked.Add(ref _priceMicros, receipt.Charge.Total);
        RecentPrompt.Record(1, usage.PromptTokens - usage.CachedTokens);
        Prompt.Record(usage.PromptTokens);
        Generation.Record(usage.CompletionTokens);
        Total.Record(timings.Total.TotalSeconds);
        Queue.Record(timings.Queued.TotalSeconds);
        Prefill.Record((timings.FirstToken - timings.Queued).TotalSeconds);
        Decode.Record((timings.Total - timings.FirstToken).TotalSeconds);
        Inference.Record((timings.Total - timings.Queued).TotalSeconds);
        if (usage.CompletionTokens > 1)
        {
            TokenOfRequest.Record((timings.Total - timings.FirstToken).TotalSeconds / (usage.CompletionTokens - 1));
        }
    }

    /// <summary>A request was admitted.</summary>
    public void Admitted(int choices, int? maxTokens)
    {
        Choices.Record(choices);
        if (maxTokens is { } tokens)
        {
            MaxTokens.Record(tokens);
        }
    }
}
