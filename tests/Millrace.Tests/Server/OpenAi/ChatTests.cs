using System.Net;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

public sealed class ChatTests(TestServer server) : IClassFixture<TestServer>
{
    const string Path = "v1/chat/completions";
    const string Story = " a time there was a small mill beside a";

    [Fact]
    public async Task It_answers_a_conversation()
    {
        TestReply reply = await server.PostAsync(Path, Ask());
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        JsonNode choice = reply.Json["choices"]!.AsArray().Single()!;
        Assert.Equal(Story, (string)choice["message"]!["content"]!);
        Assert.Equal("assistant", (string)choice["message"]!["role"]!);
        Assert.Equal("length", (string)choice["finish_reason"]!);
        Assert.Equal(9, (int)reply.Json["usage"]!["completion_tokens"]!);
        Assert.Equal($"chatcmpl-{reply.Headers["x-request-id"]}", (string)reply.Json["id"]!);
    }

    [Fact]
    public async Task The_stream_says_what_the_whole_answer_says()
    {
        JsonObject ask = Ask();
        ask["stream"] = true;
        ask["stream_options"] = new JsonObject { ["include_usage"] = true };
        TestReply reply = await server.PostAsync(Path, ask);
        Assert.Equal("text/event-stream", reply.Headers["Content-Type"]);
        IReadOnlyList<JsonNode> chunks = reply.Chunks;
        Assert.Equal("""{"role":"assistant","content":"","refusal":null}""", chunks[0]["choices"]![0]!["delta"]!.ToJsonString());
        Assert.Equal(Story, string.Concat(chunks.SkipLast(1).Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"])));
        Assert.Equal("{}", chunks[^2]["choices"]![0]!["delta"]!.ToJsonString());
        Assert.Equal("length", (string)chunks[^2]["choices"]![0]!["finish_reason"]!);
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(9, (int)chunks[^1]["usage"]!["completion_tokens"]!);
        Assert.All(chunks.SkipLast(1), chunk => Assert.True(chunk.AsObject().ContainsKey("usage") && chunk["usage"] is null));
        Assert.Single(chunks.Select(chunk => (string)chunk["id"]!).Distinct());
    }

    static JsonObject Ask() => new()
    {
        ["model"] = TestServer.Model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Once upon" }),
        ["temperature"] = 0,
        ["max_tokens"] = 9,
    };
}
