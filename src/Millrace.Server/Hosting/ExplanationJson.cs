using System.Text.Json;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Server.Inference;
using Millrace.Server.Ledger;

namespace Millrace.Server.Hosting;

/// <summary>Why a request went as it did: what it waited for, what the cache held and why not more, which steps and kernels it took.</summary>
static class ExplanationJson
{
    /// <summary>Writes the explanation as properties.</summary>
    public static void Write(Utf8JsonWriter json, RequestRecord record)
    {
        json.WriteStartObject("waited"u8);
        json.WriteString("class"u8, ReceiptJson.Name(record.Class));
        if (record.Receipt?.Outcome is { } outcome)
        {
            json.WriteNumber("queue_microseconds"u8, outcome.QueueMicroseconds);
            json.WriteNumber("prefill_microseconds"u8, outcome.PrefillMicroseconds);
            json.WriteNumber("decode_microseconds"u8, outcome.DecodeMicroseconds);
        }

        json.WriteEndObject();
        json.WriteStartArray("answers"u8);
        foreach (GenerationTrace trace in record.Traces)
        {
            json.WriteStartObject();
            json.WriteNumber("steps_waited"u8, trace.StepsWaited);
            json.WriteNumber("steps"u8, trace.Steps);
            json.WriteNumber("prompt_steps"u8, trace.PromptSteps);
            json.WriteNumber("preemptions"u8, trace.Preemptions);
            json.WriteNumber("recomputed_tokens"u8, trace.RecomputedTokens);
            json.WriteNumber("cached_blocks"u8, trace.CachedBlocks);
            json.WriteString("prefix_miss"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(trace.Miss.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("weights"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(record.Weights.ToString()));
        json.WriteStartArray("kernels"u8);
        foreach (KernelSteps kernel in record.Kernels)
        {
            json.WriteStartObject();
            json.WriteString("weights"u8, kernel.Weights.GgufName);
            json.WriteString("path"u8, KernelPaths.NameOf(kernel.Path));
            json.WriteNumber("prompt_steps"u8, kernel.PromptSteps);
            json.WriteNumber("decode_steps"u8, kernel.DecodeSteps);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("operations"u8);
        foreach (OperationUse operation in record.Operations)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, operation.Kind);
            json.WriteString("types"u8, operation.Types);
            json.WriteNumber("count"u8, operation.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
