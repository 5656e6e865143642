using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>Shows what a load measured: as <c>vllm bench serve</c> prints it, with what it lacks (failures by kind, the client's own load) behind, and as json with its names.</summary>
sealed record LoadReport
{
    const int Width = 50;

    /// <summary>What was measured.</summary>
    public required LoadMetrics Metrics { get; init; }

    /// <summary>How the load was made.</summary>
    public required LoadOptions Options { get; init; }

    /// <summary>Keys of the latencies to show.</summary>
    public IReadOnlyList<string> Latencies { get; init; } = ["ttft", "tpot", "itl", "e2el"];

    /// <summary>Percentiles to show.</summary>
    public IReadOnlyList<double> Percentiles { get; init; } = [99];

    double? Rate => Options.RequestRate is { } rate && double.IsFinite(rate) ? rate : null;

    /// <summary>Writes the report for people.</summary>
    public void Write(TextWriter output)
    {
        Header(output, " Serving Benchmark Result ", '=');
        Line(output, "Successful requests:", $"{Metrics.Completed}");
        Line(output, "Failed requests:", $"{Metrics.Failed}");
        if (Options.MaxConcurrency is { } most)
        {
            Line(output, "Maximum request concurrency:", $"{most}");
        }

        if (Rate is { } rate)
        {
            Line(output, "Request rate configured (RPS):", $"{rate:F2}");
        }

        Line(output, "Benchmark duration (s):", $"{Metrics.Seconds:F2}");
        Line(output, "Total input tokens:", $"{Metrics.InputTokens}");
        Line(output, "Total generated tokens:", $"{Metrics.OutputTokens}");
        Line(output, "Request throughput (req/s):", $"{PerSecond(Metrics.Completed):F2}");
        if (Metrics.Kept is { } kept)
        {
            Line(output, "Request goodput (req/s):", $"{PerSecond(kept):F2}");
        }

        Line(output, "Output token throughput (tok/s):", $"{PerSecond(Metrics.OutputTokens):F2}");
        Line(output, "Peak output token throughput (tok/s):", $"{(double)Metrics.PeakTokensPerSecond:F2}");
        Line(output, "Peak concurrent requests:", $"{(double)Metrics.PeakRequests:F2}");
        Line(output, "Total token throughput (tok/s):", $"{PerSecond(Metrics.InputTokens + Metrics.OutputTokens):F2}");
        foreach (LatencyMetric metric in Metrics.Latencies.Where(metric => Latencies.Contains(metric.Key)))
        {
            Header(output, metric.Title, '-');
            Line(output, $"Mean {metric.Name} (ms):", $"{metric.Values.Mean:F2}");
            Line(output, $"Median {metric.Name} (ms):", $"{metric.Values.Percentile(50):F2}");
            foreach (double percent in Percentiles)
            {
                Line(output, $"P{Number(percent)} {metric.Name} (ms):", $"{metric.Values.Percentile(percent):F2}");
            }
        }

        WriteFailures(output);
        WriteClient(output);
        output.WriteLine(new string('=', Width));
    }

    /// <summary>The report for programs.</summary>
    public JsonObject Json()
    {
        JsonObject json = new()
        {
            ["request_rate"] = Rate is { } rate ? rate : Options.RequestRate is null ? "trace" : "inf",
            ["burstiness"] = Options.Burstiness,
            ["max_concurrency"] = Options.MaxConcurrency,
            ["seed"] = Options.Seed,
            ["duration"] = Metrics.Seconds,
            ["completed"] = Metrics.Completed,
            ["failed"] = Metrics.Failed,
            ["total_input_tokens"] = Metrics.InputTokens,
            ["total_cached_tokens"] = Metrics.CachedTokens,
            ["total_output_tokens"] = Metrics.OutputTokens,
            ["request_throughput"] = PerSecond(Metrics.Completed),
            ["request_goodput"] = Metrics.Kept is { } kept ? PerSecond(kept) : null,
            ["output_throughput"] = PerSecond(Metrics.OutputTokens),
            ["total_token_throughput"] = PerSecond(Metrics.InputTokens + Metrics.OutputTokens),
            ["max_output_tokens_per_s"] = Metrics.PeakTokensPerSecond,
            ["max_concurrent_requests"] = Metrics.PeakRequests,
            ["resent"] = Metrics.Resent,
            ["client_cpu_percent"] = Metrics.ClientCpuPercent,
        };
        foreach (LatencyMetric metric in Metrics.Latencies.Where(metric => Latencies.Contains(metric.Key)))
        {
            Add(json, metric.Key, metric.Values);
        }

        Add(json, "send_delay", Metrics.Lateness);
        json["failures"] = new JsonArray([.. Metrics.Failures.Select(Json)]);
        return json;
    }

    JsonNode Json(FailureMetric failure)
    {
        JsonObject json = new() { ["kind"] = failure.Kind, ["count"] = failure.Count, ["example"] = failure.Example };
        Add(json, "latency", failure.Latency);
        if (failure.RetryAfter.Count > 0)
        {
            json["min_retry_after_s"] = failure.RetryAfter.Percentile(0);
            json["max_retry_after_s"] = failure.RetryAfter.Max;
        }

        return json;
    }

    void Add(JsonObject json, string key, Statistics values)
    {
        json[$"mean_{key}_ms"] = values.Mean;
        json[$"median_{key}_ms"] = values.Percentile(50);
        json[$"std_{key}_ms"] = values.StandardDeviation;
        json[$"max_{key}_ms"] = values.Max;
        foreach (double percent in Percentiles)
        {
            json[$"p{Number(percent)}_{key}_ms"] = values.Percentile(percent);
        }
    }

    void WriteFailures(TextWriter output)
    {
        if (Metrics.Failures.Count == 0)
        {
            return;
        }

        Header(output, "Failed Requests", '-');
        foreach (FailureMetric failure in Metrics.Failures)
        {
            Line(output, $"{failure.Kind}:", $"{failure.Count}");
            Line(output, "  Median, P99 time to refusal (ms):", $"{failure.Latency.Percentile(50):F2}, {failure.Latency.Percentile(99):F2}");
            if (failure.RetryAfter.Count > 0)
            {
                Line(output, "  Retry-After (s):", $"{failure.RetryAfter.Percentile(0):0.##} to {failure.RetryAfter.Max:0.##} (on {failure.RetryAfter.Count})");
            }

            output.WriteLine($"  {Printable.Of(failure.Example)}");
        }
    }

    void WriteClient(TextWriter output)
    {
        Header(output, "This Client", '-');
        Line(output, "Processor time (% of one core):", $"{Metrics.ClientCpuPercent:F1}");
        if (Metrics.Lateness.Count > 0)
        {
            Line(output, "P99 delay of sending (ms):", $"{Metrics.Lateness.Percentile(99):F2}");
        }

        if (Metrics.Resent > 0)
        {
            Line(output, "Sent again over a new connection:", $"{Metrics.Resent}");
        }

        if (Metrics.CachedTokens > 0)
        {
            Line(output, "Input tokens that the server had cached:", $"{Metrics.CachedTokens}");
        }
    }

    double PerSecond(double count) => count / Metrics.Seconds;

    static void Line(TextWriter output, string name, FormattableString value) => output.WriteLine($"{name,-40} {value.ToString(CultureInfo.InvariantCulture),-10}");

    static void Header(TextWriter output, string title, char rule)
    {
        int left = (Width - title.Length) / 2;
        output.WriteLine($"{new string(rule, left)}{title}{new string(rule, Width - title.Length - left)}");
    }

    static string Number(double percent) => percent.ToString("0.###", CultureInfo.InvariantCulture);
}
