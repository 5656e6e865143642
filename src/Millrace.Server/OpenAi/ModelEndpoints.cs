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
        json.WriteEndObject();
    }
}
