using System.Net;
using System.Text.Json.Nodes;
using OllamaSharp;
using OllamaSharp.Models;

namespace Millrace.Tests.Server.Ollama;

/// <summary><c>/api/embed</c> and <c>/api/embeddings</c>.</summary>
public sealed class OllamaEmbedTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Texts_become_the_vectors_of_openai_s_api()
    {
        JsonNode answer = (await server.PostAsync("api/embed", """{"model":"story:latest","input":["Once upon","Every morning"]}""")).Json;
        Assert.Equal(["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"], answer.AsObject().Select(field => field.Key));
        Assert.Equal(("story:latest", 4), ((string?)answer["model"], (int)answer["prompt_eval_count"]!));
        JsonNode reference = (await server.PostAsync("v1/embeddings", """{"model":"story","input":["Once upon","Every morning"],"encoding_format":"float"}""")).Json;
        Assert.Equal(reference["data"]!.AsArray().Select(item => item!["embedding"]!.ToJsonString()), answer["embeddings"]!.AsArray().Select(vector => vector!.ToJsonString()));
        Assert.Equal(1, Length(answer["embeddings"]![0]!), 1e-5);
        JsonNode one = (await server.PostAsync("api/embeddings", """{"model":"story","prompt":"Once upon"}""")).Json;
        Assert.Equal(answer["embeddings"]![0]!.ToJsonString(), Assert.Single(one.AsObject()).Value!.ToJsonString());
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("[]")]
    public async Task Nothing_becomes_no_vectors(string input) =>
        Assert.Equal("[]", (await server.PostAsync("api/embed", $$"""{"model":"story","input":{{input}}}""")).Json["embeddings"]!.ToJsonString());

    [Theory]
    [InlineData("\"model\":\"none\",\"input\":\"a\"", HttpStatusCode.NotFound, "not found")]
    [InlineData("\"model\":\"story\"", HttpStatusCode.BadRequest, "input")]
    [InlineData("\"model\":\"story\",\"input\":5", HttpStatusCode.BadRequest, "input")]
    [InlineData("\"model\":\"story\",\"input\":[\"a\",5]", HttpStatusCode.BadRequest, "input")]
    [InlineData("\"model\":\"story\",\"input\":\"a\",\"dimensions\":8", HttpStatusCode.BadRequest, "dimensions")]
    public async Task Wrong_request_is_refused(string fields, HttpStatusCode status, string message) =>
        OllamaAnswerTests.Refused(await server.PostAsync("api/embed", "{" + fields + "}"), status, message);

    [Fact]
    public async Task Text_that_does_not_fit_is_refused_and_never_cut() => OllamaAnswerTests.Refused(
        await server.PostAsync("api/embed", new JsonObject { ["model"] = "story", ["input"] = string.Concat(Enumerable.Repeat("Once upon ", 600)), ["truncate"] = true }), HttpStatusCode.BadRequest, "context");

    [Fact]
    public async Task OllamaSharp_embeds()
    {
        using OllamaApiClient client = new(server.Address, "story");
        EmbedResponse response = await client.EmbedAsync(new EmbedRequest { Model = "story", Input = ["Once upon", "Once upon"] }, TestContext.Current.CancellationToken);
        Assert.Equal((2, 256), (response.Embeddings.Count, response.Embeddings[0].Length));
        Assert.Equal(response.Embeddings[0], response.Embeddings[1]);
    }

    static double Length(JsonNode vector) => Math.Sqrt(vector.AsArray().Sum(number => (double)number! * (double)number!));
}
