using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>The server's own description: complete, sound, and true.</summary>
public sealed class OpenApiDocumentTests(TestServer server) : IClassFixture<TestServer>
{
    const string Chat = "\"model\":\"story\",\"messages\":[{\"role\":\"user\",\"content\":\"Once upon\"}],\"max_tokens\":3";
    const string Text = "\"model\":\"story\",\"prompt\":\"Once upon\",\"max_tokens\":3";

    [Fact]
    public async Task Every_route_is_in_it()
    {
        JsonObject paths = (await ReadAsync())["paths"]!.AsObject();
        int described = 0;
        foreach (RouteEndpoint endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { } methods)
            {
                JsonNode? item = paths["/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("**", "", StringComparison.Ordinal)];
                Assert.NotNull(item);
                Assert.All(methods.HttpMethods, method => Assert.NotNull(item[method.ToLowerInvariant()]));
                described++;
            }
        }

        Assert.True(described >= 4);
    }

    [Fact]
    public async Task It_is_sound()
    {
        JsonObject document = await ReadAsync();
        Assert.Equal("3.1.1", (string)document["openapi"]!);
        HashSet<string> ids = [];
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject())
        {
            foreach ((string _, JsonNode? operation) in item!.AsObject())
            {
                Assert.True(ids.Add((string)operation!["operationId"]!));
                Assert.NotEmpty(operation["responses"]!.AsObject());
                Assert.True(((string?)operation["summary"])?.Length > 5, $"{path} says nothing of itself");
                string[] named = [.. operation["parameters"]?.AsArray().Select(parameter => (string)parameter!["name"]!) ?? []];
                Assert.Equal(path.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}')), named);
            }
        }

        JsonObject schemas = document["components"]!["schemas"]!.AsObject();
        Assert.All(References(document), reference => Assert.True(schemas.ContainsKey(reference["#/components/schemas/".Length..]), reference));
    }

    [Theory]
    [InlineData("v1/chat/completions", Chat, "", "ChatCompletionRequest", "ChatCompletion", "ChatCompletionChunk")]
    [InlineData("v1/chat/completions", Chat, ",\"n\":2,\"logprobs\":true,\"top_logprobs\":3,\"service_tier\":\"realtime\",\"receipt\":true", "ChatCompletionRequest", "ChatCompletion", "ChatCompletionChunk")]
    [InlineData("v1/completions", Text, "", "CompletionRequest", "Completion", "Completion")]
    [InlineData("v1/completions", Text, ",\"echo\":true,\"logprobs\":2,\"receipt\":true,\"stop\":[\"x\"],\"logit_bias\":{\"7\":-100}", "CompletionRequest", "Completion", "Completion")]
    public async Task Requests_and_answers_are_as_it_says(string path, string common, string fields, string request, string answer, string chunk)
    {
        JsonObject document = await ReadAsync();
        string body = $"{{{common}{fields}}}";
        AssertValid(document, request, JsonNode.Parse(body));
        AssertValid(document, answer, (await server.PostAsync(path, body)).Json);
        TestReply stream = await server.PostAsync(path, body[..^1] + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        Assert.All(stream.Chunks, piece => AssertValid(document, chunk, piece));
    }

    [Fact]
    public async Task Lists_and_errors_are_as_it_says()
    {
        JsonObject document = await ReadAsync();
        AssertValid(document, "ModelList", (await server.GetAsync("v1/models")).Json);
        AssertValid(document, "Model", (await server.GetAsync("v1/models/" + TestServer.HubModel)).Json);
        AssertValid(document, "Error", (await server.GetAsync("v1/models/none")).Json);
    }

    [Theory]
    [InlineData("float")]
    [InlineData("base64")]
    public async Task Embeddings_are_as_it_says(string format)
    {
        JsonObject document = await ReadAsync();
        string body = $$"""{"model":"story","input":["Once upon","a time"],"encoding_format":"{{format}}","receipt":true}""";
        AssertValid(document, "EmbeddingRequest", JsonNode.Parse(body));
        AssertValid(document, "EmbeddingList", (await server.PostAsync("v1/embeddings", body)).Json);
    }

    [Theory]
    [InlineData("temperature", 0, 2)]
    [InlineData("top_p", 0, 1)]
    [InlineData("presence_penalty", -2, 2)]
    [InlineData("top_logprobs", 0, 20)]
    [InlineData("n", 1, 128)]
    public async Task Ranges_are_those_that_hold(string name, double min, double max)
    {
        JsonNode parameter = (await ReadAsync())["components"]!["schemas"]!["ChatCompletionRequest"]!["properties"]![name]!;
        Assert.Equal((min, max), ((double)parameter["minimum"]!, (double)parameter["maximum"]!));
        Assert.True(((string)parameter["description"]!).Length > 10);
    }

    [Theory]
    [InlineData("CreateChatCompletionRequest", "ChatCompletionRequest", "v1/chat/completions", Chat)]
    [InlineData("CreateCompletionRequest", "CompletionRequest", "v1/completions", Text)]
    public async Task Every_parameter_of_openai_is_described_or_refused_by_name_or_known_to_change_nothing(string theirs, string ours, string path, string common)
    {
        string[] changesNothing = ["safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "parallel_tool_calls"];
        JsonObject described = (await ReadAsync())["components"]!["schemas"]![ours]!["properties"]!.AsObject();
        foreach (string name in Properties(OpenAiSpecification.Document, OpenAiSpecification.Document["components"]!["schemas"]![theirs]!).Except(described.Select(property => property.Key)).Except(changesNothing))
        {
            TestReply reply = await server.PostAsync(path, $"{{{common},\"{name}\":{{\"x\":1}}}}");
            Assert.True((int)reply.Status == 400 && (string?)reply.Json["error"]!["param"] == name, $"{name} is ignored: {reply.Text}");
        }
    }

    async Task<JsonObject> ReadAsync() => (await server.GetAsync("openapi/v1.json")).Json.AsObject();

    // The schemas of answers allow no properties but their own.
    static void AssertValid(JsonObject document, string schema, JsonNode? value) =>
        Assert.Equal("", string.Join("\n", SchemaValidator.Validate(document, schema, value, out _)));

    static IEnumerable<string> Properties(JsonObject document, JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Properties(document, document["components"]!["schemas"]![reference["#/components/schemas/".Length..]]!);
        }

        return (schema["properties"]?.AsObject().Select(property => property.Key) ?? [])
            .Concat(schema["allOf"]?.AsArray().SelectMany(part => Properties(document, part!)) ?? []).Distinct();
    }

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(property => property.Key == "$ref" ? [(string)property.Value!] : References(property.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
