using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary><c>POST /v1/embeddings</c>: any model's, by its hidden states.</summary>
sealed class EmbeddingEndpoint(ModelRegistry models, InferencePipeline pipeline, ServerOptions options)
{
    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        fields.Require(Parameters.Model.Name);
        using ModelLease model = await models.AcquireAsync(fields.Text(Parameters.Model)!, context.RequestAborted);
        fields.Text(Parameters.User);
        bool base64 = fields.Text(Parameters.EncodingFormat) == "base64";
        bool receipt = fields.Flag(Parameters.ReceiptWanted) ?? false;
        int? dimensions = fields.Integer(Parameters.Dimensions);
        InferenceRequest request = new()
        {
            Operation = "embeddings",
            Prompts = [.. PromptReader.Read(fields, "input", model.Engine.Tokenizer, InferencePipeline.MostTexts, parseSpecial: false).Select(prompt => prompt.Tokens)],
            CacheSalt = fields.Text(Parameters.CacheSalt),
        };
        CheckDimensions(dimensions, model.Engine.EmbeddingWidth);
        Embeddings embeddings = await EmbedAsync(context, model, request);
        context.RequestId = embeddings.Receipt.Id.ToString();
        await Wire.SendAsync(context, json => Write(json, model.Name, embeddings, base64, receipt || Answering.HasReceiptHeader(context)));
    }

    static void CheckDimensions(int? asked, int width)
    {
        if (asked is not null && asked != width)
        {
            throw RequestFields.NotSupported("dimensions", $"Unsupported parameter: 'dimensions' must be {width}, the model's own: vectors are not cut.");
        }
    }

    async Task<Embeddings> EmbedAsync(HttpContext context, ModelLease model, InferenceRequest request)
    {
        try
        {
            return await pipeline.EmbedAsync(context.Caller, model, request, context.RequestAborted);
        }
        catch (InferenceException refused) when (refused is { Refusal: Refusal.ContextLength, Parameter: null })
        {
            throw new InferenceException(refused.Refusal, refused.Message) { Parameter = "input" };
        }
    }

    void Write(Utf8JsonWriter json, string model, Embeddings embeddings, bool base64, bool receipt)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (int i = 0; i < embeddings.Vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            WriteVector(json, embeddings.Vectors[i].Span, base64);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, embeddings.Receipt.Outcome.PromptTokens);
        json.WriteNumber("total_tokens"u8, embeddings.Receipt.Outcome.PromptTokens);
        json.WriteEndObject();
        if (receipt)
        {
            Wire.WriteReceipt(json, embeddings.Receipt, options.Prices.Currency);
        }

        json.WriteEndObject();
    }

    /// <summary>As numbers, or as base64 of 32-bit floats, the low byte first: what the machines that run .NET have in memory.</summary>
    static void WriteVector(Utf8JsonWriter json, ReadOnlySpan<float> vector, bool base64)
    {
        if (base64)
        {
            json.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes(vector));
            return;
        }

        json.WriteStartArray("embedding"u8);
        foreach (float number in vector)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
