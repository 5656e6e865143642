using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Ollama;

/// <summary><c>POST /api/embed</c>, and the older <c>/api/embeddings</c> with one text.</summary>
sealed class EmbedEndpoint(OllamaModels models, ModelRegistry registry, InferencePipeline pipeline, TimeProvider clock)
{
    static readonly Parameter Prompt = Parameter.Text("prompt", int.MaxValue, "The text.");
    static readonly Parameter Dimensions = Parameter.Integer("dimensions", 1, int.MaxValue, "Numbers of a vector.");

    /// <summary>Answers <c>/api/embed</c>.</summary>
    public async Task EmbedAsync(HttpContext context)
    {
        long begin = clock.GetTimestamp();
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        OllamaRequest request = OllamaRequest.Read(fields);
        string[] texts = ReadTexts(fields.Require("input"));
        using ModelLease model = await models.AcquireAsync(request, context);
        TimeSpan load = clock.GetElapsedTime(begin);
        int? width = registry.Find(model.Name)?.Details?.Width;
        if (fields.Integer(Dimensions) is { } dimensions && dimensions != width)
        {
            throw RequestFields.NotSupported("dimensions", $"'dimensions' must be {width}, the model's own: vectors are not cut");
        }

        Embeddings? embeddings = texts.Length == 0 ? null : await ComputeAsync(context, model, texts);
        await OllamaApi.WriteAsync(context, json =>
        {
            json.WriteString("model"u8, request.Model);
            json.WriteStartArray("embeddings"u8);
            foreach (ReadOnlyMemory<float> vector in embeddings?.Vectors ?? [])
            {
                WriteVector(json, vector.Span);
            }

            json.WriteEndArray();
            json.WriteNumber("total_duration"u8, OllamaAnswers.Nanoseconds(clock.GetElapsedTime(begin)));
            json.WriteNumber("load_duration"u8, OllamaAnswers.Nanoseconds(load));
            json.WriteNumber("prompt_eval_count"u8, embeddings?.Receipt.Outcome.PromptTokens ?? 0);
        });
    }

    /// <summary>Answers <c>/api/embeddings</c>.</summary>
    public async Task EmbedOneAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        OllamaRequest request = OllamaRequest.Read(fields);
        string text = fields.Text(Prompt) ?? "";
        using ModelLease model = await models.AcquireAsync(request, context);
        ReadOnlyMemory<float> vector = text.Length == 0 ? default : (await ComputeAsync(context, model, [text])).Vectors[0];
        await OllamaApi.WriteAsync(context, json =>
        {
            json.WritePropertyName("embedding"u8);
            WriteVector(json, vector.Span);
        });
    }

    // A text that does not fit is refused, whatever 'truncate' says.
    Task<Embeddings> ComputeAsync(HttpContext context, ModelLease model, string[] texts) => pipeline.EmbedAsync(
        context.Caller, model, new InferenceRequest { Operation = "embeddings", Prompts = [.. texts.Select(text => model.Engine.Tokenizer.Encode(text))] }, context.RequestAborted);

    static string[] ReadTexts(JsonElement input) => input.ValueKind switch
    {
        JsonValueKind.String when input.ValueEquals("") => [],
        JsonValueKind.String => [RequestFields.Text(input, "input")],
        JsonValueKind.Array when input.GetArrayLength() == 0 => [],
        _ => [.. RequestFields.Array(input, "input", InferencePipeline.MostTexts).Select(static text => RequestFields.Text(text, "input"))],
    };

    static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> vector)
    {
        json.WriteStartArray();
        foreach (float number in vector)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
