using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.OpenAi;

/// <summary>OpenAI's own description of its API.</summary>
static class OpenAiSpecification
{
    static readonly Lazy<JsonObject> Read = new(() => JsonNode.Parse(File.ReadAllText(SharedData.Require("data", "api", "openai-openapi.json")))!.AsObject());

    /// <summary>The description; the test is skipped where it is not at hand.</summary>
    public static JsonObject Document => Read.Value;

    /// <summary>What is wrong with a value, by a schema of the description.</summary>
    public static IReadOnlyList<string> Validate(string schema, JsonNode? value) => SchemaValidator.Validate(Document, schema, value, out _);

    /// <summary>What is wrong with a value, and which of its properties the schema does not know.</summary>
    public static IReadOnlyList<string> Validate(string schema, JsonNode? value, out IReadOnlySet<string> unknown) =>
        SchemaValidator.Validate(Document, schema, value, out unknown);
}
