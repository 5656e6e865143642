using System.Text.Json;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>Renders templates with little ado.</summary>
static class Rendering
{
    public static readonly DateTime Noon = new(2026, 11, 23, 12, 0, 0);

    static readonly JsonElement NoMessages = Json("[]");

    public static JsonElement Json(string json) => JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 10_000 }).RootElement;

    /// <summary>The variables of the input are the members of a JSON object; <c>messages</c> among them are the messages.</summary>
    public static TemplateInput Input(string variables = "{}", TemplateLimits? limits = null)
    {
        Dictionary<string, JsonElement> given = Json(variables).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        JsonElement messages = given.Remove("messages", out JsonElement found) ? found : NoMessages;
        return new TemplateInput
        {
            Messages = messages,
            Variables = given,
            BosToken = "<s>",
            EosToken = "</s>",
            Now = Noon,
            Limits = limits ?? TemplateLimits.Default,
        };
    }

    public static string Render(string source, string variables = "{}", TemplateLimits? limits = null) =>
        ChatTemplate.Parse(source).Render(Input(variables, limits));
}
