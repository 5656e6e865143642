using System.Net;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>Every kind of response, chunk and error, against OpenAI's own description.</summary>
public sealed class ConformanceTests(TestServer server) : IClassFixture<TestServer>
{
    const string Chat = """ "model":"story","messages":[{"role":"user","content":"Once upon"}],"max_tokens":6 """;
    const string Text = """ "model":"story","prompt":"Once upon","max_tokens":6 """;

    [Theory]
    [InlineData("")]
    [InlineData("\"temperature\":0")]
    [InlineData("\"n\":3")]
    [InlineData("\"logprobs\":true")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":20")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":2,\"logit_bias\":{\"5\":-100}")]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"service_tier\":\"batch\"")]
    [InlineData("\"stop\":[\"time\",\"there\"]")]
    [InlineData("\"stop\":\"a time there was\"")]
    [InlineData("\"seed\":-5,\"user\":\"me\",\"metadata\":{\"a\":\"b\"},\"store\":false,\"tools\":[],\"tool_choice\":\"none\",\"response_format\":{\"type\":\"text\"}")]
    public async Task Answers_of_chat(string fields)
    {
        TestReply whole = await server.PostAsync("v1/chat/completions", Body(Chat, fields));
        Assert.Equal(HttpStatusCode.OK, whole.Status);
        AssertValid("CreateChatCompletionResponse", whole.Json, "$.timings");
        TestReply stream = await server.PostAsync("v1/chat/completions", Body(Chat, fields, "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        Assert.All(stream.Chunks, chunk => AssertValid("CreateChatCompletionStreamResponse", chunk, "$.timings"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"n\":2,\"best_of\":2")]
    [InlineData("\"logprobs\":0")]
    [InlineData("\"logprobs\":5")]
    [InlineData("\"echo\":true")]
    [InlineData("\"echo\":true,\"max_tokens\":0")]
    [InlineData("\"prompt\":[\"Once upon\",\"Every morning\"],\"n\":2,\"logprobs\":1")]
    [InlineData("\"prompt\":[70,71,72]")]
    [InlineData("\"prompt\":[[70,71,72],[73]],\"stop\":\"a\"")]
    public async Task Answers_of_completions(string fields)
    {
        string text = fields.Contains("prompt", StringComparison.Ordinal) ? "\"model\":\"story\",\"max_tokens\":6" : fields.Contains("max_tokens", StringComparison.Ordinal) ? Text.Replace(",\"max_tokens\":6", "", StringComparison.Ordinal) : Text;
        TestReply whole = await server.PostAsync("v1/completions", Body(text, fields));
        Assert.Equal(HttpStatusCode.OK, whole.Status);
        AssertValid("CreateCompletionResponse", whole.Json, "$.timings");
        TestReply stream = await server.PostAsync("v1/completions", Body(text, fields, "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        Assert.All(stream.Chunks, chunk => AssertValid("CreateCompletionResponse", Ended(chunk), "$.timings"));
    }

    [Fact]
    public async Task A_repeated_prompt_has_no_log_probability_for_its_first_token_though_the_description_knows_no_null_there()
    {
        JsonNode answer = (await server.PostAsync("v1/completions", Body(Text, "\"echo\":true,\"logprobs\":2"))).Json;
        Assert.Contains("token_logprobs[0]", Assert.Single(OpenAiSpecification.Validate("CreateCompletionResponse", answer)), StringComparison.Ordinal);
        JsonNode logProbs = answer["choices"]![0]!["logprobs"]!;
        logProbs["token_logprobs"]![0] = 0;
        logProbs["top_logprobs"]![0] = new JsonObject();
        AssertValid("CreateCompletionResponse", answer, "$.timings");
    }

    [Fact]
    public async Task The_models()
    {
        TestReply list = await server.GetAsync("v1/models");
        AssertValid("ListModelsResponse", list.Json, [.. Enumerable.Range(0, 10).SelectMany(i => Extras($"$.data[{i}]"))]);
        Assert.Equal([TestServer.Model, TestServer.HubModel], list.Json["data"]!.AsArray().Select(model => (string)model!["id"]!).Take(2));
        foreach (string name in new[] { TestServer.Model, TestServer.HubModel, Uri.EscapeDataString(TestServer.HubModel) })
        {
            TestReply one = await server.GetAsync("v1/models/" + name);
            AssertValid("Model", one.Json, [.. Extras("$")]);
            Assert.Equal(Uri.UnescapeDataString(name), (string)one.Json["id"]!);
        }
    }

    [Theory]
    [InlineData("GET", "v1/models/none", null, 404, "model_not_found")]
    [InlineData("POST", "v1/chat/completions", """{"model":"none","messages":[]}""", 404, "model_not_found")]
    [InlineData("POST", "v1/chat/completions", "{", 400, null)]
    [InlineData("POST", "v1/completions", """{"model":"story","prompt":"x","max_tokens":512}""", 400, "context_length_exceeded")]
    [InlineData("POST", "v1/completions", """{"model":"story","prompt":"x","n":0}""", 400, "integer_below_min_value")]
    public async Task Errors(string method, string path, string? body, int status, string? code)
    {
        TestReply reply = method == "GET" ? await server.GetAsync(path) : await server.PostAsync(path, body!);
        Assert.Equal(status, (int)reply.Status);
        AssertValid("ErrorResponse", reply.Json);
        Assert.Equal(code, (string?)reply.Json["error"]!["code"]);
        Assert.Equal(32, reply.Headers["x-request-id"].Length);
        Assert.Equal("2020-10-01", reply.Headers["openai-version"]);
        Assert.True(int.Parse(reply.Headers["openai-processing-ms"], null) >= 0);
    }

    // vLLM's and llama-server's.
    static IEnumerable<string> Extras(string path) => new[] { "max_model_len", "meta", "status" }.Select(name => $"{path}.{name}");

    static string Body(params string[] parts) => "{" + string.Join(",", parts.Where(part => part.Trim().Length > 0)) + "}";

    // OpenAI's chunks have null until a choice ends, but their description has not.
    static JsonNode Ended(JsonNode chunk)
    {
        foreach (JsonNode? choice in chunk["choices"]!.AsArray())
        {
            choice!["finish_reason"] ??= "stop";
        }

        if (chunk["usage"] is null)
        {
            chunk.AsObject().Remove("usage");
        }

        return chunk;
    }

    static void AssertValid(string schema, JsonNode value, params string[] extras)
    {
        Assert.Equal("", string.Join("\n", OpenAiSpecification.Validate(schema, value, out IReadOnlySet<string> unknown)));
        Assert.Empty(unknown.Except(extras));
    }
}
