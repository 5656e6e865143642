using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Models;
using Millrace.Tests.Server.Inference;

namespace Millrace.Tests.Server.Metrics;

/// <summary>What a scrape, the dashboard and OpenTelemetry see of requests.</summary>
public sealed partial class MetricsTests(TestServer server) : IClassFixture<TestServer>
{
    static readonly string[] Histograms =
    [
        "time_to_first_token_seconds", "inter_token_latency_seconds", "time_per_output_token_seconds", "request_time_per_output_token_seconds",
        "e2e_request_latency_seconds", "request_queue_time_seconds", "request_prefill_time_seconds", "request_decode_time_seconds", "request_inference_time_seconds",
        "request_prompt_tokens", "request_generation_tokens", "request_params_n", "request_params_max_tokens", "iteration_tokens_total",
    ];

    [Fact]
    public async Task Counters_and_histograms_rise_by_what_requests_did()
    {
        await AskAsync(TestServer.Model, 1); // loads the model, so that it is there to be counted
        Dictionary<string, double> before = await ScrapeAsync();
        await AskAsync(TestServer.Model, 9);
        await AskAsync(TestServer.Model, 4, choices: 2);
        await server.PostAsync("v1/chat/completions", new JsonObject { ["model"] = "none", ["messages"] = new JsonArray() });
        Dictionary<string, double> after = await ScrapeAsync();
        double Rise(string sample) => after[sample] - before.GetValueOrDefault(sample);

        foreach (string prefix in (string[])["vllm:", "vllm_"])
        {
            const string Labels = """{model_name="story",engine="0"}""";
            Assert.Equal(16, Rise($"{prefix}prompt_tokens_total{Labels}"));
            Assert.Equal(17, Rise($"{prefix}generation_tokens_total{Labels}"));
            Assert.Equal(2, Rise($$"""{{prefix}}request_success_total{model_name="story",engine="0",finished_reason="length"}"""));
            Assert.Equal(3, Rise($"{prefix}time_to_first_token_seconds_count{Labels}"));
            Assert.Equal(14, Rise($"{prefix}inter_token_latency_seconds_count{Labels}"));
            Assert.Equal(2, Rise($"{prefix}e2e_request_latency_seconds_count{Labels}"));
            Assert.Equal(3, Rise($"{prefix}request_params_n_sum{Labels}"));
            Assert.Equal(13, Rise($"{prefix}request_params_max_tokens_sum{Labels}"));
            Assert.True(Rise($"{prefix}iteration_tokens_total_sum{Labels}") >= 16);
            Assert.Equal((0, 0), (after[$"{prefix}num_requests_running{Labels}"], after[$"{prefix}num_requests_waiting{Labels}"]));
            Assert.InRange(after[$"{prefix}kv_cache_usage_perc{Labels}"], 0, 1);
            Assert.All(Histograms, name => Assert.Contains($$"""{{prefix}}{{name}}_bucket{model_name="story",engine="0",le="+Inf"}""", after.Keys));
        }

        Assert.Equal(1, Rise("""millrace_requests_refused_total{status="404"}"""));
        Assert.True(Rise("""millrace_weight_bytes_total{model_name="story"}""") > 0);
    }

    [Fact]
    public async Task Text_is_what_prometheus_reads()
    {
        await AskAsync(TestServer.Model, 2);
        string text = (await server.GetAsync("metrics")).Text;
        string family = "";
        HashSet<string> families = [];
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), $"{family} comes twice");
            }
            else if (!line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Match sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                Assert.Matches($"^{Regex.Escape(family)}(_bucket|_sum|_count)?$", sample.Groups[1].Value);
            }
        }
    }

    [Fact]
    public async Task Buckets_of_a_histogram_add_up()
    {
        await AskAsync(TestServer.Model, 5);
        (string Name, double Value)[] buckets = [.. (await ScrapeAsync()).Where(sample => sample.Key.StartsWith("""vllm:inter_token_latency_seconds_bucket{model_name="story",""", StringComparison.Ordinal)).Select(sample => (sample.Key, sample.Value))];
        Assert.Equal(20, buckets.Length);
        Assert.Equal(buckets.Select(bucket => bucket.Value).Order(), buckets.Select(bucket => bucket.Value));
        Assert.Contains("le=\"1.0\"", string.Concat(buckets.Select(bucket => bucket.Name)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_say_what_the_server_does()
    {
        await AskAsync(TestServer.Model, 6);
        JsonNode stats = (await server.GetAsync("v1/stats")).Json;
        JsonNode model = stats["models"]!.AsArray().Single(model => (string)model!["name"]! == TestServer.Model)!;
        Assert.True((bool)model["loaded"]!);
        Assert.True((long)stats["requests"]!["done"]! >= 1);
        Assert.True((double)stats["inter_token_ms"]!["p50"]! <= (double)stats["inter_token_ms"]!["p99"]!);
        Assert.Equal(stats["models"]!.AsArray().Sum(other => (int)other!["kv_blocks"]!), (int)stats["kv_blocks"]!);
        Assert.True((int)model["kv_blocks"]! > 0);
        Assert.Null(stats["roofline"]);
    }

    [Fact]
    public async Task Stats_say_how_many_tokens_a_joule_makes_and_whether_it_was_measured()
    {
        ManualClock clock = new();
        await using TestServer own = new() { Configure = options => options with { Watts = 10, TimeProvider = clock } };
        await own.InitializeAsync();
        FakeDevice device = new();
        device.BeforeStep = (_, _) => clock.Advance(TimeSpan.FromMilliseconds(100)); // at 10 W a joule
        own.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) => device.Start(clock: clock, tokenizer: PipelineBench.Tokenizer, with: static options => options with { AssumedWatts = 10 });
        Assert.Null((await own.GetAsync("v1/stats")).Json["tokens_per_joule"]);
        await own.PostAsync("/v1/completions", """{"model":"story","prompt":[5,6,7],"max_tokens":20,"ignore_eos":true}""");
        JsonNode stats = (await own.GetAsync("v1/stats")).Json;
        Assert.Equal((1.0, false), ((double)stats["tokens_per_joule"]!, (bool)stats["energy_measured"]!));
        Assert.Equal(1.0, (double)stats["models"]!.AsArray().Single(model => (string)model!["name"]! == TestServer.Model)!["tokens_per_joule"]!);
        clock.Advance(TimeSpan.FromSeconds(60)); // nothing ran: as it was
        Assert.Equal(1.0, (double)(await own.GetAsync("v1/stats")).Json["tokens_per_joule"]!);
    }

    [Fact]
    public async Task OpenTelemetry_sees_durations_tokens_and_spans_without_a_word_of_the_prompt()
    {
        List<(string Name, double Value, Dictionary<string, object?> Tags)> seen = [];
        List<Activity> spans = [];
        using MeterListener meters = new()
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Millrace")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (seen)
            {
                seen.Add((instrument.Name, value, tags.ToArray().ToDictionary()));
            }
        }

        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.Start();
        using ActivityListener activities = new()
        {
            ShouldListenTo = static source => source.Name == "Millrace",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(activities);
        await AskAsync(TestServer.HubModel, 7);
        var ours = seen.Where(item => (string?)item.Tags["gen_ai.request.model"] == TestServer.HubModel).ToArray();
        Assert.Contains(ours, item => item.Name == "gen_ai.server.request.duration" && item.Value > 0);
        Assert.Contains(ours, item => item.Name == "gen_ai.server.time_to_first_token");
        Assert.Contains(ours, item => item.Name == "gen_ai.client.token.usage" && item.Value == 8 && (string?)item.Tags["gen_ai.token.type"] == "input");
        Assert.Contains(ours, item => item.Name == "gen_ai.client.token.usage" && item.Value == 7 && (string?)item.Tags["gen_ai.token.type"] == "output");
        Activity span = spans.Single(span => span.DisplayName == $"chat {TestServer.HubModel}");
        Assert.Equal(7L, span.GetTagItem("gen_ai.usage.output_tokens"));
        Assert.DoesNotContain(span.TagObjects.Concat(ours.SelectMany(item => item.Tags)), tag => $"{tag.Value}".Contains("Once upon", StringComparison.Ordinal));
    }

    async Task AskAsync(string model, int tokens, int choices = 1) => Assert.Equal(200, (int)(await server.PostAsync("v1/chat/completions", new JsonObject
    {
        ["model"] = model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Once upon" }),
        ["max_tokens"] = tokens,
        ["n"] = choices,
        ["temperature"] = 0,
    })).Status);

    async Task<Dictionary<string, double>> ScrapeAsync() => (await server.GetAsync("metrics")).Text.TrimEnd('\n').Split('\n')
        .Where(line => line[0] != '#')
        .Select(line => Sample().Match(line))
        .ToDictionary(sample => sample.Groups[1].Value + sample.Groups[2].Value, sample => double.Parse(sample.Groups[3].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+\})? (NaN|[+-]Inf|[-+0-9.eE]+)$""")]
    private static partial Regex Sample();
}
