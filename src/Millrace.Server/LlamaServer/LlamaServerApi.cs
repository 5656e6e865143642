using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;

namespace Millrace.Server.LlamaServer;

/// <summary>The routes of llama-server and vLLM beside OpenAI's.</summary>
static class LlamaServerApi
{
    const string Tag = "llama-server";

    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddLlamaServerApi(this IServiceCollection services) => services
        .AddSingleton<ModelPick>()
        .AddSingleton<StateEndpoints>()
        .AddSingleton<TextEndpoints>();

    /// <summary>Maps its routes.</summary>
    public static void MapLlamaServerApi(this IEndpointRouteBuilder routes)
    {
        foreach (string prefix in new[] { "", "/v1" })
        {
            routes.MapGet($"{prefix}/health", Guard<StateEndpoints>(static (endpoint, context) => endpoint.HealthAsync(context))).WithSummary("Whether the server is well; needs no key").WithTags(Tag);
            routes.MapPost($"{prefix}/models/load", Guard<StateEndpoints>(static (endpoint, context) => endpoint.LoadAsync(context))).RequireScope(KeyScopes.Admin).WithSummary("Loads a model").WithTags(Tag);
            routes.MapPost($"{prefix}/models/unload", Guard<StateEndpoints>(static (endpoint, context) => endpoint.UnloadAsync(context))).RequireScope(KeyScopes.Admin).WithSummary("Unloads a model once its requests have ended").WithTags(Tag);
        }

        routes.MapPost("/v1/models/{**id}", Guard<StateEndpoints>(static (endpoint, context) => endpoint.ModelActionAsync(context))).RequireScope(KeyScopes.Admin).WithSummary("Loads or unloads the model whose name comes before the last slash").WithTags(Tag);
        routes.MapGet("/version", Guard<StateEndpoints>(static (_, context) => StateEndpoints.VersionAsync(context))).WithSummary("The server's version").WithTags(Tag);
        routes.MapGet("/props", Guard<StateEndpoints>(static (endpoint, context) => endpoint.PropertiesAsync(context))).WithSummary("How a model runs, and its chat template").WithTags(Tag);
        routes.MapGet("/slots", Guard<StateEndpoints>(static (endpoint, context) => endpoint.SlotsAsync(context))).WithSummary("The places in which a model's sequences run").WithTags(Tag);
        routes.MapPost("/tokenize", Guard<TextEndpoints>(static (endpoint, context) => endpoint.TokenizeAsync(context))).WithSummary("The tokens of a text").WithTags(Tag);
        routes.MapPost("/detokenize", Guard<TextEndpoints>(static (endpoint, context) => endpoint.DetokenizeAsync(context))).WithSummary("The text of tokens").WithTags(Tag);
        routes.MapPost("/apply-template", Guard<TextEndpoints>(static (endpoint, context) => endpoint.ApplyTemplateAsync(context))).WithSummary("The prompt of a conversation").WithTags(Tag);
    }

    /// <summary>Answers with one object.</summary>
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) => WriteValueAsync(context, json =>
    {
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    });

    /// <summary>Answers with any JSON.</summary>
    public static async Task WriteValueAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using Utf8JsonWriter json = new(context.Response.BodyWriter, Relaxed);
        write(json);
    }

    /// <summary>Gives each failure llama-server's body.</summary>
    static RequestDelegate Guard<T>(Func<T, HttpContext, Task> handle)
        where T : notnull => ApiGuard.Of(handle, static (context, error) => LlamaServerError.Of(error).WriteAsync(context));
}
