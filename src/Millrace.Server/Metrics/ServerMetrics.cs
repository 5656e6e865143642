using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Millrace.Server.Ledger;

namespace Millrace.Server.Metrics;

/// <summary>Counts what the server does: for /metrics and the dashboard, and as OpenTelemetry's GenAI metrics and traces. Prompts, answers and keys are in none of them.</summary>
sealed class ServerMetrics : IDisposable
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Millrace";

    readonly ConcurrentDictionary<string, ModelMetrics> _models = new();
    readonly ConcurrentDictionary<int, long> _refused = new();
    readonly TimeProvider _clock;
    readonly Meter _meter = new(Name);
    readonly ActivitySource _activities = new(Name);
    readonly Histogram<double> _duration;
    readonly Histogram<double> _firstToken;
    readonly Histogram<double> _perToken;
    readonly Histogram<long> _tokens;

    public ServerMetrics(TimeProvider clock)
    {
        _clock = clock;
        Started = clock.GetTimestamp();
        _duration = Seconds("gen_ai.server.request.duration", "Time of a request", [.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]);
        _firstToken = Seconds("gen_ai.server.time_to_first_token", "Time to the first token", [.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10]);
        _perToken = Seconds("gen_ai.server.time_per_output_token", "Time of a token after the first", [.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5]);
        _tokens = _meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a request", null, new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
        });
    }

    /// <summary>When counting began.</summary>
    public long Started { get; }

    /// <summary>The models that were asked so far.</summary>
    public IReadOnlyDictionary<string, ModelMetrics> Models => _models;

    /// <summary>What is counted of a model.</summary>
    public ModelMetrics Of(string model) => _models.GetOrAdd(model, static (_, clock) => new ModelMetrics(clock), _clock);

    /// <summary>Requests refused so far, by HTTP status.</summary>
    public IReadOnlyDictionary<int, long> Refused => _refused;

    /// <summary>A request is refused.</summary>
    /// <param name="status">The HTTP status.</param>
    public void Refuse(int status) => _refused.AddOrUpdate(status, 1, static (_, count) => count + 1);

    /// <summary>Begins the trace of a request; null where nobody listens.</summary>
    public Activity? Begin(string operation, string model)
    {
        Activity? activity = _activities.StartActivity($"{operation} {model}", ActivityKind.Server);
        activity?.SetTag("gen_ai.operation.name", operation);
        activity?.SetTag("gen_ai.provider.name", "millrace");
        activity?.SetTag("gen_ai.request.model", model);
        return activity;
    }

    /// <summary>A request ended and is settled.</summary>
    public void Settled(Activity? activity, string operation, Receipt receipt, Timings timings)
    {
        Outcome outcome = receipt.Outcome;
        string model = receipt.Model;
        Of(model).Settled(receipt, timings);
        TagList tags = new()
        {
            { "gen_ai.operation.name", operation }, { "gen_ai.provider.name", "millrace" }, { "gen_ai.request.model", model }, { "gen_ai.response.model", model },
        };
        TagList ended = tags;
        if (outcome.Ending == Ending.Error)
        {
            ended.Add("error.type", "generation_failed");
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        _duration.Record(timings.Total.TotalSeconds, ended);
        if (outcome.CompletionTokens > 0)
        {
            _firstToken.Record(timings.FirstToken.TotalSeconds, tags);
        }

        if (outcome.CompletionTokens > 1)
        {
            _perToken.Record((timings.Total - timings.FirstToken).TotalSeconds / (outcome.CompletionTokens - 1), tags);
        }

        TagList kind = tags;
        kind.Add("gen_ai.token.type", "input");
        _tokens.Record(outcome.PromptTokens, kind);
        kind = tags;
        kind.Add("gen_ai.token.type", "output");
        _tokens.Record(outcome.CompletionTokens, kind);
        activity?.SetTag("gen_ai.response.model", model);
        activity?.SetTag("gen_ai.response.finish_reasons", new[] { outcome.Ending.ToString().ToLowerInvariant() });
        activity?.SetTag("gen_ai.usage.input_tokens", outcome.PromptTokens);
        activity?.SetTag("gen_ai.usage.output_tokens", outcome.CompletionTokens);
        activity?.SetTag("gen_ai.usage.cache_read.input_tokens", outcome.CachedTokens);
    }

    /// <summary>Ends counting for listeners.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        _activities.Dispose();
    }

    Histogram<double> Seconds(string name, string description, double[] bounds) =>
        _meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
