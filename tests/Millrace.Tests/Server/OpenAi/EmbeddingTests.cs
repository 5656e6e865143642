using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

public sealed class EmbeddingTests(TestServer server) : IClassFixture<TestServer>
{
    const string Path = "v1/embeddings";
    const int Width = 256;

    [Theory]
    [InlineData("\"Once upon\"", 1)]
    [InlineData("[\"Once upon\",\"a time\"]", 2)]
    [InlineData("[70,71]", 1)]
    [InlineData("[[70],[71,72],[73]]", 3)]
    public async Task Vectors_have_length_1_and_the_shape_of_openais(string input, int count)
    {
        TestReply reply = await server.PostAsync(Path, $$"""{"model":"story","input":{{input}}}""");
        Assert.Equal("", string.Join("\n", OpenAiSpecification.Validate("CreateEmbeddingResponse", reply.Json)));
        Assert.Equal(count, reply.Json["data"]!.AsArray().Count);
        foreach ((JsonNode? item, int index) in reply.Json["data"]!.AsArray().Select((item, index) => (item, index)))
        {
            float[] vector = Vector(item!);
            Assert.Equal((index, Width), ((int)item!["index"]!, vector.Length));
            Assert.Equal(1, vector.Sum(x => (double)x * x), 1e-5);
        }

        Assert.Equal(reply.Json["usage"]!["prompt_tokens"]!.ToJsonString(), reply.Json["usage"]!["total_tokens"]!.ToJsonString());
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        JsonNode numbers = (await server.PostAsync(Path, """{"model":"story","input":"Once upon","encoding_format":"float"}""")).Json;
        JsonNode base64 = (await server.PostAsync(Path, """{"model":"story","input":"Once upon","encoding_format":"base64"}""")).Json;
        float[] decoded = MemoryMarshal.Cast<byte, float>(Convert.FromBase64String((string)base64["data"]![0]!["embedding"]!)).ToArray();
        Assert.Equal(Vector(numbers["data"]![0]!), decoded);
    }

    [Fact]
    public async Task A_text_has_the_same_vector_alone_and_among_others()
    {
        JsonNode alone = (await server.PostAsync(Path, """{"model":"story","input":"Once upon"}""")).Json;
        string others = string.Join(",", Enumerable.Range(0, 300).Select(i => $"\"text {i}\""));
        JsonNode among = (await server.PostAsync(Path, $$"""{"model":"story","input":[{{others}},"Once upon"]}""")).Json;
        Assert.Equal(Vector(alone["data"]![0]!), Vector(among["data"]![300]!));
        Assert.NotEqual(Vector(alone["data"]![0]!), Vector(among["data"]![0]!));
    }

    [Theory]
    [InlineData("input", "\"\"", "invalid_value", "input")]
    [InlineData("input", "[]", "empty_array", "input")]
    [InlineData("input", "null", "missing_required_parameter", "input")]
    [InlineData("input", "5", "invalid_type", "input")]
    [InlineData("input", "[\"a\",null]", "invalid_type", "input[1]")]
    [InlineData("input", "[-1]", "invalid_value", "input")]
    [InlineData("encoding_format", "\"int8\"", "invalid_value", "encoding_format")]
    [InlineData("encoding_format", "5", "invalid_type", "encoding_format")]
    [InlineData("dimensions", "128", "unsupported_parameter", "dimensions")]
    [InlineData("dimensions", "0", "integer_below_min_value", "dimensions")]
    public async Task What_is_wrong_is_named(string name, string value, string code, string param)
    {
        string input = name == "input" ? "" : "\"input\":\"x\",";
        TestReply reply = await server.PostAsync(Path, $$"""{"model":"story",{{input}}"{{name}}":{{value}}}""");
        Assert.Equal((400, code, param), ((int)reply.Status, (string?)reply.Json["error"]!["code"], (string?)reply.Json["error"]!["param"]));
    }

    [Fact]
    public async Task Bounds_of_texts_and_of_their_number()
    {
        string Tokens(int count) => "[" + string.Join(",", Enumerable.Repeat("70", count)) + "]";
        Assert.Equal(200, (int)(await server.PostAsync(Path, $$"""{"model":"story","input":{{Tokens(512)}},"dimensions":{{Width}}}""")).Status);
        TestReply tooLong = await server.PostAsync(Path, $$"""{"model":"story","input":["x",{{Tokens(513)}}]}""");
        Assert.Equal((400, "context_length_exceeded", "input"), ((int)tooLong.Status, (string?)tooLong.Json["error"]!["code"], (string?)tooLong.Json["error"]!["param"]));
        TestReply tooMany = await server.PostAsync(Path, $$"""{"model":"story","input":[{{string.Join(",", Enumerable.Repeat("\"x\"", 2049))}}]}""");
        Assert.Equal((400, "array_above_max_length"), ((int)tooMany.Status, (string?)tooMany.Json["error"]!["code"]));
    }

    [Fact]
    public async Task They_are_billed_by_their_tokens()
    {
        JsonNode answer = (await server.PostAsync(Path, """{"model":"story","input":[[70,71],[72]],"receipt":true}""")).Json;
        JsonNode receipt = answer["millrace"]!["receipt"]!;
        Assert.Equal((3, 0, "stop"), ((int)receipt["tokens"]!["prompt"]!, (int)receipt["tokens"]!["completion"]!, (string)receipt["ending"]!));
        Assert.Equal(3, (int)answer["usage"]!["prompt_tokens"]!);
        Assert.True((long)receipt["flops"]! > 0);
    }

    static float[] Vector(JsonNode item) => [.. item["embedding"]!.AsArray().Select(number => (float)number!)];
}
