using System.Net;
using System.Text.Json.Nodes;
using Millrace.Cli;
using Millrace.Tests.Server.Store;

namespace Millrace.Tests.Server.Ollama;

/// <summary><c>/api/pull</c> and <c>/api/delete</c> over a hub of the test's own.</summary>
public sealed class OllamaStoreTests
{
    [Fact]
    public async Task Pulled_model_answers_and_is_gone_once_it_is_deleted()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Files["story-F16.gguf"] = File.ReadAllBytes(KnownStory.Path);
        await using TestServer server = new() { Configure = options => options with { Pull = PullTests.Fast(hub), FolderSettings = new() { Context = 128, Threads = 1 } } };
        await server.InitializeAsync();

        TestReply pull = await server.PostAsync("api/pull", """{"name":"hf.co/o/n:F16"}""");
        JsonNode[] lines = [.. pull.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        string[] statuses = [.. lines.Select(line => (string)line["status"]!)];
        Assert.Equal("pulling manifest", statuses[0]);
        Assert.Contains("pulling story-F16.gguf", statuses);
        Assert.Equal(["writing manifest", "success"], statuses[^2..]);
        Assert.All(lines.Where(line => line["total"] is not null), line => Assert.Equal(new FileInfo(KnownStory.Path).Length, (long)line["total"]!));

        Assert.Contains("\"o/n:F16\"", (await server.GetAsync("api/tags")).Text, StringComparison.Ordinal);
        JsonNode answer = (await server.PostAsync("api/generate", """{"model":"o/n:F16","prompt":"Once upon","stream":false,"options":{"temperature":0,"repeat_penalty":1,"num_predict":2}}""")).Json;
        Assert.Equal(" a time", (string?)answer["response"]);

        Assert.Equal(HttpStatusCode.OK, (await Delete(server, "o/n:F16")).Status);
        Assert.DoesNotContain("o/n:F16", (await server.GetAsync("api/tags")).Text, StringComparison.Ordinal);
        OllamaAnswerTests.Refused(await server.PostAsync("api/generate", """{"model":"o/n:F16","prompt":"a"}"""), HttpStatusCode.NotFound, "not found");
        OllamaAnswerTests.Refused(await Delete(server, "o/n:F16"), HttpStatusCode.NotFound, "not found");
    }

    [Fact]
    public async Task Pull_that_fails_says_why_in_its_last_line()
    {
        await using StubHub hub = await StubHub.StartAsync();
        await using TestServer server = new() { Configure = options => options with { Pull = PullTests.Fast(hub) with { Attempts = 1 } } };
        await server.InitializeAsync();
        hub.ListingStatus = 404;
        TestReply pull = await server.PostAsync("api/pull", """{"model":"o/n"}""");
        Assert.NotNull(JsonNode.Parse(pull.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!["error"]);
        Assert.NotNull((await server.PostAsync("api/pull", """{"model":"o/n","stream":false}""")).Json["error"]);
        OllamaAnswerTests.Refused(await server.PostAsync("api/pull", """{"model":"../n"}"""), HttpStatusCode.BadRequest, "owner/name");
        OllamaAnswerTests.Refused(await Delete(server, "story"), HttpStatusCode.BadRequest, "owner/name"); // not pulled: its file is the operator's
    }

    static Task<TestReply> Delete(TestServer server, string model) =>
        server.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "api/delete") { Content = new StringContent($$"""{"model":"{{model}}"}""", null, "application/json") });
}
