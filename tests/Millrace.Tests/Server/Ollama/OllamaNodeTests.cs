using System.Text.Json.Nodes;
using Millrace.Tests.Server.Clients;

namespace Millrace.Tests.Server.Ollama;

/// <summary>The npm package <c>ollama</c>, unchanged.</summary>
public sealed class OllamaNodeTests(TestServer server) : IClassFixture<TestServer>
{
    const string Story = " a time there was a small mill";

    [Fact]
    public async Task Npm_ollama()
    {
        JsonNode seen = await NodeScript.RunAsync("ollama", ["ollama"], server.Address);
        Assert.Equal((Story, Story, Story, "length"), ((string)seen["chat"]!, (string)seen["streamed"]!, (string)seen["generated"]!, (string)seen["reason"]!));
        Assert.Equal(("[8,7]", "[8,7]"), (seen["counts"]!.ToJsonString(), seen["lastCounts"]!.ToJsonString()));
        Assert.Equal(8, (int)seen["pieces"]!);
        Assert.Equal("load", (string)seen["loaded"]!);
        Assert.Contains("\"story:latest\"", seen["running"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("""["story:latest","millrace/story:f16"]""", seen["tags"]!.ToJsonString());
        Assert.Equal(("llama", "0.12.0"), ((string)seen["family"]!, (string)seen["version"]!));
        Assert.Equal("[256,256]", seen["embedded"]!.ToJsonString());
        Assert.Equal("AbortError", (string)seen["aborted"]!["name"]!);
        Assert.InRange((int)seen["read"]!, 3, 100); // what had come by then is handed out
        AssertError(seen["unknown"]!, 404, "model 'none' not found");
        AssertError(seen["unknownStream"]!, 404, "model 'none' not found");
        AssertError(seen["hot"]!, 400, "temperature");
        AssertError(seen["format"]!, 400, "format");
        AssertError(seen["create"]!, 501, "not supported");
    }

    static void AssertError(JsonNode error, int status, string message)
    {
        Assert.Equal(("ResponseError", status), ((string)error["name"]!, (int)error["status"]!));
        Assert.Contains(message, (string)error["message"]!, StringComparison.Ordinal);
    }
}
