using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.OpenAi;

/// <summary>OpenAI's API.</summary>
static class OpenAiApi
{
    /// <summary>Registers what it needs.</summary>
    public static IServiceCollection AddOpenAiApi(this IServiceCollection services) => services
        .AddSingleton(OpenAiSchemas.All)
        .AddSingleton<ChatPrompt>()
        .AddSingleton<Fingerprint>()
        .AddSingleton<Answering>()
        .AddSingleton<ChatEndpoint>()
        .AddSingleton<CompletionEndpoint>()
        .AddSingleton<EmbeddingEndpoint>()
        .AddSingleton<ModelEndpoints>();

    /// <summary>Maps its routes. llama-server's users leave out <c>/v1</c> from some.</summary>
    public static void MapOpenAiApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/completions", Guard<CompletionEndpoint>(static (endpoint, context) => endpoint.HandleAsync(context)))
            .Describe("Completes text", "CompletionRequest", "Completion", "Completion");
        routes.MapPost("/v1/embeddings", Guard<EmbeddingEndpoint>(static (endpoint, context) => endpoint.HandleAsync(context)))
            .Describe("Turns texts into vectors", "EmbeddingRequest", "EmbeddingList");
        foreach (string prefix in new[] { "/v1", "" })
        {
            RouteGroupBuilder group = routes.MapGroup(prefix);
            if (prefix.Length == 0)
            {
                group.ExcludeFromDescription();
            }

            group.MapPost("/chat/completions", Guard<ChatEndpoint>(static (endpoint, context) => endpoint.HandleAsync(context)))
                .Describe("Answers a conversation", "ChatCompletionRequest", "ChatCompletion", "ChatCompletionChunk");
            group.MapGet("/models", Guard<ModelEndpoints>(static (endpoint, context) => endpoint.ListAsync(context)))
                .Describe("Lists the models", null, "ModelList");
            group.MapGet("/models/{**id}", Guard<ModelEndpoints>(static (endpoint, context) => endpoint.GetAsync(context)))
                .Describe("Describes a model, whose name may contain slashes and colons", null, "Model");
        }
    }

    static void Describe(this IEndpointConventionBuilder endpoint, string summary, string? request, string response, string? stream = null) =>
        endpoint.WithSummary(summary).WithTags("OpenAI").WithMetadata(new Described(request, response, stream));

    extension(HttpContext context)
    {
        /// <summary>Who asks, as whoever checked the key has noted.</summary>
        internal Caller Caller => context.Features.Get<Caller>() ?? Caller.Open;

        /// <summary>What the request is called in the response's headers.</summary>
        internal string RequestId
        {
            set => context.Response.Headers[OpenAiHeaders.RequestId] = value;
        }
    }

    /// <summary>Gives each failure OpenAI's body.</summary>
    static RequestDelegate Guard<T>(Func<T, HttpContext, Task> handle)
        where T : notnull => ApiGuard.Of(handle, static (context, error) =>
        {
            context.Response.Headers.Remove("Cache-Control");
            return OpenAiError.Of(error).WriteAsync(context.Response);
        });
}
