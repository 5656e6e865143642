using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>.</summary>
sealed class ModelEndpoints(ModelRegistry models)
{
    /// <summary>Lists the models.</summary>
    public Task ListAsync(HttpContext context) => Wire.SendAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (ModelStatus model in models.List())
        {
            Write(json, model);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Describes one model, whose name may contain <c>/</c> and <c>:</c>.</summary>
    public Task GetAsync(HttpContext context)
    {
        string name = ((string)context.Request.RouteValues["id"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase); // the one escape that routes keep
        ModelStatus model = models.Find(name) ?? throw new InferenceException(Refusal.ModelNotFound, $"The model '{ModelRegistry.Shown(name)}' does not exist") { Parameter = "model" };
        return Wire.SendAsync(context, json => Write(json, model));
    }

    static void Write(Utf8JsonWriter json, ModelStatus model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.Details?.Files.Written.ToUnixTimeSeconds() ?? 0);
        json.WriteString("owned_by"u8, "millrace"u8);
        WriteState(json, model);
        json.WriteEndObject();
    }

    /// <summary>What vLLM (<c>max_model_len</c>) and llama-server (<c>meta</c>, <c>status</c>) tell besides.</summary>
    static void WriteState(Utf8JsonWriter json, ModelStatus model)
    {
        if (model.Context is { } context)
        {
            json.WriteNumber("max_model_len"u8, context);
        }

        if (model.Details is { } details)
        {
            json.WriteStartObject("meta"u8);
            json.WriteNumber("n_ctx_train"u8, details.Context);
            json.WriteNumber("n_embd"u8, details.Width);
            json.WriteNumber("n_params"u8, details.Parameters);
            json.WriteNumber("size"u8, details.Files.Bytes);
            json.WriteString("quantization"u8, details.Quantization);
            json.WriteEndObject();
        }

        json.WriteStartObject("status"u8);
        json.WriteString("value"u8, model.State switch
        {
            ModelState.Loading => "loading"u8,
            ModelState.Loaded => "loaded"u8,
            ModelState.Unloading => "unloading"u8,
            _ => "unloaded"u8,
        });
        json.WriteNumber("progress"u8, Math.Round(model.Progress, 3));
        json.WriteBoolean("changed"u8, model.IsChanged);
        json.WriteEndObject();
    }
}
