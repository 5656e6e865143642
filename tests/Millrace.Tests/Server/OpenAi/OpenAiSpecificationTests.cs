using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>The validator itself: it must find what is wrong.</summary>
public sealed class OpenAiSpecificationTests
{
    const string Good = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","refusal":null},
        "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"service_tier":"default"}
        """;

    [Fact]
    public void It_accepts_what_is_right() => Assert.Empty(OpenAiSpecification.Validate("CreateChatCompletionResponse", JsonNode.Parse(Good)));

    [Theory]
    [InlineData("\"created\":1,", "", "created is missing")]
    [InlineData("\"created\":1,", "\"created\":\"1\",", "expected integer")]
    [InlineData("\"created\":1,", "\"created\":1.5,", "expected integer")]
    [InlineData("\"logprobs\":null,", "", "logprobs is missing")]
    [InlineData("\"logprobs\":null,", "\"logprobs\":{\"content\":[{\"token\":\"x\"}],\"refusal\":null},", "logprob is missing")]
    [InlineData("\"refusal\":null", "\"refusal\":5", "expected string")]
    [InlineData("\"stop\"", "\"eos\"", "is none of")]
    [InlineData("\"stop\"", "null", "expected string")]
    [InlineData("\"assistant\"", "\"user\"", "is none of")]
    [InlineData("\"total_tokens\":2", "\"total\":2", "total_tokens is missing")]
    [InlineData("\"default\"", "\"standard\"", "is none of")]
    [InlineData("chat.completion", "text_completion", "is none of")]
    public void It_finds_what_is_wrong(string old, string changed, string error)
    {
        Assert.Contains(old, Good, StringComparison.Ordinal);
        IReadOnlyList<string> errors = OpenAiSpecification.Validate("CreateChatCompletionResponse", JsonNode.Parse(Good.Replace(old, changed, StringComparison.Ordinal)));
        Assert.Contains(errors, item => item.Contains(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","param":null,"code":null}}""", true)]
    [InlineData("""{"error":{"message":"m","type":"t","param":null}}""", false)]
    [InlineData("""{"error":{"message":"m","type":null,"param":null,"code":null}}""", false)]
    [InlineData("""{"error":"m"}""", false)]
    public void It_knows_errors(string json, bool right) => Assert.Equal(right, OpenAiSpecification.Validate("ErrorResponse", JsonNode.Parse(json)).Count == 0);

    [Fact]
    public void It_names_properties_that_are_not_in_the_description()
    {
        OpenAiSpecification.Validate("CreateChatCompletionResponse", JsonNode.Parse(Good.Replace("\"created\":1,", "\"created\":1,\"timings\":{},", StringComparison.Ordinal)), out IReadOnlySet<string> unknown);
        Assert.Equal(["$.timings"], unknown);
    }

    [Theory]
    [InlineData("""[1,2]""", """{"type":"array","maxItems":1}""")]
    [InlineData("""5""", """{"oneOf":[{"type":"integer"},{"type":"number"}]}""")]
    [InlineData("""{"a":"x"}""", """{"type":"object","additionalProperties":{"type":"number"}}""")]
    [InlineData("""{"a":1}""", """{"type":"object","additionalProperties":false}""")]
    [InlineData("""-1""", """{"type":"integer","minimum":0}""")]
    [InlineData("""null""", """{"type":"string"}""")]
    public void It_knows_the_rules_of_schemas(string value, string schema) => Assert.NotEmpty(SchemaValidator.Validate([], JsonNode.Parse(schema)!, JsonNode.Parse(value), out _));
}
