using Millrace.Server.Ledger;

namespace Millrace.Server.Metrics;

/// <summary>The families of /metrics: those of vLLM by its names, which its dashboards ask for (the older with a colon, the newer without), and our own.</summary>
static class Exposition
{
    /// <summary>All families, as text.</summary>
    /// <param name="metrics">What was counted.</param>
    /// <param name="engines">The loaded models and what each does now.</param>
    /// <param name="currency">Of the prices.</param>
    public static string Write(ServerMetrics metrics, IReadOnlyDictionary<string, EngineSnapshot> engines, string? currency)
    {
        PrometheusText text = new();
        foreach (string prefix in (ReadOnlySpan<string>)["vllm:", "vllm_"])
        {
            WriteEngines(text, prefix, engines);
            WriteRequests(text, prefix, metrics);
        }

        WriteOwn(text, metrics, engines, currency);
        return text.ToString();
    }

    static void WriteEngines(PrometheusText text, string prefix, IReadOnlyDictionary<string, EngineSnapshot> engines)
    {
        void Family(string name, string type, string help, Func<EngineSnapshot, double> value)
        {
            text.Family(prefix + name, type, help);
            foreach ((string model, EngineSnapshot now) in engines)
            {
                text.Sample(prefix + name, value(now), Labels(model));
            }
        }

        Family("num_requests_running", "gauge", "Sequences in the batch.", static now => now.Running);
        Family("num_requests_waiting", "gauge", "Sequences that wait.", static now => now.Waiting);
        Family("kv_cache_usage_perc", "gauge", "Share of KV blocks in use; 1 is all.", static now => (double)now.KvBlocksUsed / now.KvBlocks);
        Family("gpu_cache_usage_perc", "gauge", "The older name of kv_cache_usage_perc.", static now => (double)now.KvBlocksUsed / now.KvBlocks);
        Family("num_preemptions_total", "counter", "Sequences that gave up their blocks.", static now => now.Totals.Preemptions);
        text.Family(prefix + "cache_config_info", "gauge", "The KV cache's shape; always 1.");
        foreach ((string model, EngineSnapshot now) in engines)
        {
            text.Sample(prefix + "cache_config_info", 1, ("model_name", model), ("engine", "0"), ("block_size", $"{Cache.KvCache.BlockSize}"), ("num_gpu_blocks", $"{now.KvBlocks}"), ("enable_prefix_caching", "True"));
        }
    }

    static void WriteRequests(PrometheusText text, string prefix, ServerMetrics metrics)
    {
        Counter(text, prefix + "prompt_tokens_total", "Tokens of prompts.", metrics, static model => model.PromptTokens);
        Counter(text, prefix + "prefix_cache_queries_total", "Prompt tokens looked up in the prefix cache.", metrics, static model => model.PromptTokens);
        Counter(text, prefix + "prefix_cache_hits_total", "Prompt tokens found in it.", metrics, static model => model.CachedTokens);
        Counter(text, prefix + "generation_tokens_total", "Tokens of answers.", metrics, static model => model.OutputTokens);
        text.Family(prefix + "request_success_total", "counter", "Requests that ended, by how.");
        foreach ((string name, ModelMetrics model) in metrics.Models)
        {
            foreach ((Ending ending, string reason) in (ReadOnlySpan<(Ending, string)>)[(Ending.Stop, "stop"), (Ending.Length, "length"), (Ending.Cancelled, "abort"), (Ending.Error, "error")])
            {
                double count = model.Ended(ending) + (ending == Ending.Cancelled ? model.Ended(Ending.Disconnected) : 0);
                text.Sample(prefix + "request_success_total", count, ("model_name", name), ("engine", "0"), ("finished_reason", reason));
            }
        }

        void Histograms(string name, string help, Func<ModelMetrics, Histogram> histogram)
        {
            text.Family(prefix + name, "histogram", help);
            foreach ((string model, ModelMetrics counted) in metrics.Models)
            {
                text.Samples(prefix + name, histogram(counted), Labels(model));
            }
        }

        Histograms("time_to_first_token_seconds", "From submission to the first token.", static model => model.FirstToken);
        Histograms("inter_token_latency_seconds", "Between the tokens of an answer.", static model => model.InterToken);
        Histograms("time_per_output_token_seconds", "The older name of inter_token_latency_seconds.", static model => model.InterToken);
        Histograms("request_time_per_output_token_seconds", "Mean time of a request's tokens after the first.", static model => model.TokenOfRequest);
        Histograms("e2e_request_latency_seconds", "From submission to the end.", static model => model.Total);
        Histograms("request_queue_time_seconds", "From submission to the first step.", static model => model.Queue);
        Histograms("request_prefill_time_seconds", "From the first step to the first token.", static model => model.Prefill);
        Histograms("request_decode_time_seconds", "From the first token to the end.", static model => model.Decode);
        Histograms("request_inference_time_seconds", "From the first step to the end.", static model => model.Inference);
        Histograms("request_prompt_tokens", "Tokens of a prompt.", static model => model.Prompt);
        Histograms("request_generation_tokens", "Tokens of an answer.", static model => model.Generation);
        Histograms("request_params_n", "Choices asked for.", static model => model.Choices);
        Histograms("request_params_max_tokens", "Tokens asked for at most.", static model => model.MaxTokens);
        Histograms("iteration_tokens_total", "Tokens of a step.", static model => model.StepTokens);
    }

    static void WriteOwn(PrometheusText text, ServerMetrics metrics, IReadOnlyDictionary<string, EngineSnapshot> engines, string? currency)
    {
        text.Family("millrace_requests_refused_total", "counter", "Requests answered with an error, by HTTP status.");
        foreach ((int status, long count) in metrics.Refused)
        {
            text.Sample("millrace_requests_refused_total", count, ("status", $"{status}"));
        }

        text.Family("millrace_price_total", "counter", "What was charged.");
        foreach ((string name, ModelMetrics model) in metrics.Models)
        {
            text.Sample("millrace_price_total", model.PriceMicros / 1e6, ("model_name", name), ("currency", currency ?? ""));
        }

        void Family(string name, string type, string help, Func<EngineSnapshot, double> value)
        {
            text.Family(name, type, help);
            foreach ((string model, EngineSnapshot now) in engines)
            {
                text.Sample(name, value(now), ("model_name", model));
            }
        }

        Family("millrace_steps_total", "counter", "Steps run.", static now => now.Totals.Steps);
        Family("millrace_weight_bytes_total", "counter", "Bytes of weights read from memory.", static now => now.Totals.Consumption.WeightBytes);
        Family("millrace_kv_read_bytes_total", "counter", "Bytes of keys and values read.", static now => now.Totals.Consumption.KvBytesRead);
        Family("millrace_kv_written_bytes_total", "counter", "Bytes of keys and values written.", static now => now.Totals.Consumption.KvBytesWritten);
        Family("millrace_flops_total", "counter", "Floating-point operations.", static now => now.Totals.Consumption.Flops);
        Family("millrace_step_seconds_total", "counter", "Time of steps.", static now => now.Totals.Consumption.ComputeMicroseconds / 1e6);
        Family("millrace_energy_joules_total", "counter", "Energy of steps: measured, or the power thought to be drawn over their time.", static now => now.Totals.Consumption.EnergyMicrojoules / 1e6);
        Family("millrace_step_predicted_seconds", "gauge", "What the cost model expected of the last step.", static now => now.Step.PredictedMicroseconds / 1e6);
        Family("millrace_step_seconds", "gauge", "What the last step took.", static now => now.Step.Microseconds / 1e6);
    }

    static void Counter(PrometheusText text, string name, string help, ServerMetrics metrics, Func<ModelMetrics, double> value)
    {
        text.Family(name, "counter", help);
        foreach ((string model, ModelMetrics counted) in metrics.Models)
        {
            text.Sample(name, value(counted), Labels(model));
        }
    }

    static (string, string)[] Labels(string model) => [("model_name", model), ("engine", "0")];
}
