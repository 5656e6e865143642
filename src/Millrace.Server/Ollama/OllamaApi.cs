using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;

namespace Millrace.Server.Ollama;

/// <summary>Ollama's API.</summary>
static class OllamaApi
{
    /// <summary>The level of Ollama's API that is spoken here: what <c>/api/version</c> says, since clients decide by it what they may ask for.</summary>
    public const string Version = "0.12.0";

    /// <summary>The type of a whole answer.</summary>
    public const string Json = "application/json; charset=utf-8";

    /// <summary>How JSON is written: text as UTF-8, not escaped beyond need. It is never part of a page.</summary>
    public static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddOllamaApi(this IServiceCollection services) => services
        .AddSingleton<OllamaModels>()
        .AddSingleton<OllamaAnswers>()
        .AddSingleton<ChatEndpoint>()
        .AddSingleton<GenerateEndpoint>()
        .AddSingleton<EmbedEndpoint>()
        .AddSingleton<ModelEndpoints>()
        .AddSingleton<StoreEndpoints>();

    /// <summary>Maps its routes.</summary>
    public static void MapOllamaApi(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", [HttpMethods.Head], static () => TypedResults.Ok());
        routes.MapPost("/api/chat", Guard<ChatEndpoint>(static (endpoint, context) => endpoint.HandleAsync(context)));
        routes.MapPost("/api/generate", Guard<GenerateEndpoint>(static (endpoint, context) => endpoint.HandleAsync(context)));
        routes.MapPost("/api/embed", Guard<EmbedEndpoint>(static (endpoint, context) => endpoint.EmbedAsync(context)));
        routes.MapPost("/api/embeddings", Guard<EmbedEndpoint>(static (endpoint, context) => endpoint.EmbedOneAsync(context)));
        routes.MapGet("/api/tags", Guard<ModelEndpoints>(static (endpoint, context) => endpoint.ListAsync(context)));
        routes.MapGet("/api/ps", Guard<ModelEndpoints>(static (endpoint, context) => endpoint.RunningAsync(context)));
        routes.MapPost("/api/show", Guard<ModelEndpoints>(static (endpoint, context) => endpoint.ShowAsync(context)));
        routes.MapMethods("/api/version", [HttpMethods.Get, HttpMethods.Head], Guard<ModelEndpoints>(static (_, context) => ModelEndpoints.VersionAsync(context)));
        routes.MapPost("/api/pull", Guard<StoreEndpoints>(static (endpoint, context) => endpoint.PullAsync(context))).RequireScope(KeyScopes.Admin);
        routes.MapDelete("/api/delete", Guard<StoreEndpoints>(static (endpoint, context) => endpoint.DeleteAsync(context))).RequireScope(KeyScopes.Admin);
        Refuse(routes, "/api/create", HttpMethods.Post, "creating models is not supported: put a GGUF file, or a folder with config.json and safetensors, into the model folder, or pull one");
        Refuse(routes, "/api/copy", HttpMethods.Post, "copying models is not supported");
        Refuse(routes, "/api/push", HttpMethods.Post, "pushing models is not supported");
        Refuse(routes, "/api/blobs/{digest}", HttpMethods.Post, "uploading files is not supported");
        routes.MapMethods("/api/blobs/{digest}", [HttpMethods.Head], static () => TypedResults.NotFound());
    }

    /// <summary>Answers with one object.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = Json;
        await using Utf8JsonWriter json = new(context.Response.BodyWriter, Relaxed);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }

    static void Refuse(IEndpointRouteBuilder routes, string path, string method, string message)
    {
        OllamaError refusal = new(StatusCodes.Status501NotImplemented, message);
        routes.MapMethods(path, [method], (RequestDelegate)(context => refusal.WriteAsync(context.Response)));
    }

    /// <summary>Gives each failure Ollama's body.</summary>
    static RequestDelegate Guard<T>(Func<T, HttpContext, Task> handle)
        where T : notnull => ApiGuard.Of(handle, static (context, error) => OllamaError.Of(error).WriteAsync(context.Response));
}
