using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.Clients;

/// <summary>Clients of OpenAI's API from npm, unchanged.</summary>
public sealed class NodeClientTests(TestServer server) : IClassFixture<TestServer>
{
    const string Story = " a time there was a small mill beside a";

    [Fact]
    public async Task Npm_openai()
    {
        JsonNode seen = await NodeScript.RunAsync("openai", ["openai"], server.Address);
        Assert.Equal([TestServer.Model, TestServer.HubModel], seen["models"]!.AsArray().Select(model => (string)model!).Take(2));
        Assert.Equal(TestServer.HubModel, (string)seen["hub"]!);
        Assert.Equal((Story, Story, "length"), ((string)seen["chat"]!, (string)seen["streamed"]!, (string)seen["finish"]!));
        Assert.Equal((8, 9, 17), Usage(seen["usage"]!, "prompt_tokens", "completion_tokens", "total_tokens"));
        Assert.Equal("chatcmpl-" + seen["requestId"], (string)seen["id"]!);
        Assert.All(seen["collected"]!.AsArray(), choice => Assert.Equal((string)choice!["content"]!, (string)choice["tokens"]!));
        Assert.Equal(Story, string.Concat(seen["scored"]!.AsArray().Select(item => (string)item!["token"]!)));
        Assert.All(seen["scored"]!.AsArray(), item => Assert.Equal((3, true), ((int)item!["top"]!, (double)item["logprob"]! <= 0)));
        Assert.Equal(["Once upon a time there was", "Every morning the miller opened the"], seen["text"]!.AsArray().Select(text => (string)text!));
        Assert.All(seen["vectors"]!.AsArray(), square => Assert.Equal(1, (double)square!, 1e-5));
        Assert.Equal((2, 256), (seen["vectors"]!.AsArray().Count, (int)seen["width"]!));
        Assert.Equal(3, (int)seen["received"]!);
        AssertError(seen["unknown"], "NotFoundError", 404, "model_not_found", "model");
        AssertError(seen["hot"], "BadRequestError", 400, "decimal_above_max_value", "temperature");
        AssertError(seen["long"], "BadRequestError", 400, "context_length_exceeded", "messages");
        AssertError(seen["tools"], "BadRequestError", 400, "unsupported_parameter", "tools");
    }

    [Fact]
    public async Task Npm_ai_sdk_openai_compatible()
    {
        JsonNode seen = await NodeScript.RunAsync("ai-sdk", ["@ai-sdk/openai-compatible", "ai"], server.Address);
        Assert.Equal((Story, Story, "length"), ((string)seen["whole"]!, (string)seen["streamed"]!, (string)seen["finish"]!));
        Assert.Equal("""{"input":8,"output":9}""", seen["usage"]!.ToJsonString());
        Assert.Equal("""{"input":8,"output":9}""", seen["streamedUsage"]!.ToJsonString());
        Assert.Equal(" Once upon a time there was a small mill", (string)seen["completion"]!); // it writes its own prompt, which no story begins with
        Assert.Equal((256, 2), ((int)seen["embedding"]!, (int)seen["embedded"]!));
        Assert.Equal(2, (int)seen["received"]!);
        Assert.Equal((404, false), ((int)seen["unknown"]!["status"]!, (bool)seen["unknown"]!["retryable"]!));
        Assert.Equal("The model 'none' does not exist", (string)seen["unknown"]!["message"]!);
        Assert.StartsWith("Invalid 'temperature': decimal above maximum value.", (string)seen["hot"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Npm_langchain_openai()
    {
        JsonNode seen = await NodeScript.RunAsync("langchain", ["@langchain/openai", "@langchain/core"], server.Address);
        Assert.Equal((Story, Story, "length"), ((string)seen["whole"]!, (string)seen["streamed"]!, (string)seen["finish"]!));
        Assert.Equal((21, 9, 30), Usage(seen["usage"]!, "input_tokens", "output_tokens", "total_tokens"));
        Assert.Equal((8, 9, 17), Usage(seen["streamedUsage"]!, "input_tokens", "output_tokens", "total_tokens"));
        Assert.Equal([Story, " the miller opened the gate, and the water"], seen["batch"]!.AsArray().Select(text => (string)text!));
        Assert.Equal([256, 256], seen["vectors"]!.AsArray().Select(length => (int)length!));
        Assert.Equal(9, (int)seen["scored"]!);
        Assert.Equal((404, "model_not_found"), ((int)seen["unknown"]!["status"]!, (string)seen["unknown"]!["code"]!));
        Assert.Equal((400, "context_length_exceeded"), ((int)seen["long"]!["status"]!, (string)seen["long"]!["code"]!));
    }

    static (int Prompt, int Completion, int Total) Usage(JsonNode usage, string prompt, string completion, string total) =>
        ((int)usage[prompt]!, (int)usage[completion]!, (int)usage[total]!);

    static void AssertError(JsonNode? error, string name, int status, string code, string param)
    {
        Assert.NotNull(error);
        Assert.Equal((name, status, code, param), ((string)error["name"]!, (int)error["status"]!, (string)error["code"]!, (string)error["param"]!));
        Assert.Equal(32, ((string)error["id"]!).Length);
    }
}
