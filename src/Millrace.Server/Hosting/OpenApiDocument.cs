using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Server.Hosting;

/// <summary>What an endpoint takes and gives, for the description of the API.</summary>
/// <param name="Request">The schema of its body; null where it takes none.</param>
/// <param name="Response">The schema of its answer.</param>
/// <param name="Stream">The schema of the events of a streamed answer; null where it does not stream.</param>
sealed record Described(string? Request, string Response, string? Stream = null);

/// <summary>Schemas by name, for <c>components/schemas</c>.</summary>
sealed record ApiSchemas(JsonObject Schemas);

/// <summary>Describes all routes of the server, as OpenAPI 3.1. It is made from the routes themselves, so none can be missing; bodies are read by hand here, so their schemas are too.</summary>
static class OpenApiDocument
{
    /// <summary>Maps <c>/openapi/v1.json</c>.</summary>
    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes)
    {
        byte[]? document = null;
        routes.MapGet("/openapi/v1.json", (HttpContext context) =>
            Results.Bytes(document ??= JsonBytes(context.RequestServices), "application/json")).ExcludeFromDescription();
    }

    static byte[] JsonBytes(IServiceProvider services) =>
        System.Text.Encoding.UTF8.GetBytes(Build(services.GetRequiredService<EndpointDataSource>().Endpoints, services.GetServices<ApiSchemas>()).ToJsonString());

    static JsonObject Build(IEnumerable<Endpoint> endpoints, IEnumerable<ApiSchemas> schemas)
    {
        JsonObject paths = [];
        foreach (RouteEndpoint endpoint in endpoints.OfType<RouteEndpoint>().Where(IsPublic).OrderBy(endpoint => PathOf(endpoint), StringComparer.Ordinal))
        {
            string path = PathOf(endpoint);
            JsonObject item = paths[path]?.AsObject() ?? [];
            paths[path] = item;
            foreach (string method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods)
            {
                item[method.ToLowerInvariant()] = Operation(endpoint, method, path);
            }
        }

        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Millrace",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3),
                ["description"] = "Inference of language models: OpenAI's API, Ollama's, and what llama-server has besides.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject { ["key"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(schemas.SelectMany(set => set.Schemas).Select(schema => KeyValuePair.Create(schema.Key, schema.Value?.DeepClone()))),
                ["securitySchemes"] = new JsonObject
                {
                    ["key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key. Needed once a key exists." },
                },
            },
        };
    }

    static bool IsPublic(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>()?.ExcludeFromDescription != true
        && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods.Count: > 0 };

    static string PathOf(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
        Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        _ => "",
    }))));

    static JsonObject Operation(RouteEndpoint endpoint, string method, string path)
    {
        Described? described = endpoint.Metadata.GetMetadata<Described>();
        JsonObject operation = new()
        {
            ["operationId"] = $"{method.ToLowerInvariant()}{path.Replace('/', '_').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal).Replace('-', '_')}",
            ["tags"] = new JsonArray([.. (endpoint.Metadata.GetMetadata<ITagsMetadata>()?.Tags ?? [IsOllama(path) ? "Ollama" : "Millrace"]).Select(tag => (JsonNode)tag)]),
        };
        if (endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary is { } summary)
        {
            operation["summary"] = summary;
        }
        else if (IsOllama(path))
        {
            operation["summary"] = "As Ollama's own documentation describes it";
        }

        if (endpoint.RoutePattern.Parameters.Count > 0)
        {
            operation["parameters"] = new JsonArray([.. endpoint.RoutePattern.Parameters.Select(parameter => new JsonObject
            {
                ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" },
            })]);
        }

        if (described?.Request is { } request)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(("application/json", request)) };
        }

        operation["responses"] = Responses(described);
        return operation;
    }

    static bool IsOllama(string path) => path == "/" || path.StartsWith("/api/", StringComparison.Ordinal);

    static JsonObject Responses(Described? described)
    {
        JsonObject success = new() { ["description"] = "The answer." };
        if (described is null)
        {
            return new() { ["200"] = success };
        }

        success["content"] = described.Stream is { } stream
            ? Content(("application/json", described.Response), ("text/event-stream", stream))
            : Content(("application/json", described.Response));
        return new()
        {
            ["200"] = success,
            ["default"] = new JsonObject { ["description"] = "What is wrong.", ["content"] = Content(("application/json", "Error")) },
        };
    }

    static JsonObject Content(params (string Type, string Schema)[] contents) => new(contents.Select(content => KeyValuePair.Create(
        content.Type, (JsonNode?)new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{content.Schema}" } })));
}
