using System.Text.Json;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>The templates of 44 real models, rendered as Jinja2 with transformers' set-up renders them, errors included.</summary>
public class RealTemplateTests
{
    static readonly string[] Cases = ["user", "chat", "closed", "tools", "toolcall"];

    public static TheoryData<string, string> TemplatesAndCases()
    {
        TheoryData<string, string> data = [];
        string? folder = SharedData.Root is null ? null : Path.Combine(SharedData.Root, "data", "chat-templates");
        string[] names = folder is not null && Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder, "*.jinja").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)]
            : ["(all)"];
        foreach (string name in names)
        {
            foreach (string conversation in Cases)
            {
                data.Add(name, conversation);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TemplatesAndCases))]
    public void Renders_as_Jinja2_does(string template, string conversation)
    {
        string folder = SharedData.Require("data", "chat-templates");
        string source = File.ReadAllText(Path.Combine(folder, template + ".jinja"));
        JsonElement input = Read(Path.Combine(folder, "expected", "cases.json")).GetProperty(conversation);
        JsonElement expected = Read(Path.Combine(folder, "expected", template + ".json")).GetProperty(conversation);

        if (expected.TryGetProperty("error", out JsonElement error))
        {
            TemplateException thrown = Assert.Throws<TemplateException>(() => Render(source, input));
            Assert.Equal(error.GetString(), thrown.Message);
        }
        else
        {
            Assert.Equal(expected.GetProperty("text").GetString(), Render(source, input));
        }
    }

    static string Render(string source, JsonElement input)
    {
        TemplateInput given = new()
        {
            Messages = input.GetProperty("messages"),
            Tools = input.TryGetProperty("tools", out JsonElement tools) ? tools : null,
            AddGenerationPrompt = input.GetProperty("add_generation_prompt").GetBoolean(),
            BosToken = "<s>",
            EosToken = "</s>",
            Now = new DateTime(2026, 11, 23, 12, 0, 0),
        };
        RenderedPrompt prompt = ChatTemplate.Parse(source).RenderPrompt(given);
        Assert.Equal(prompt.Text.Length, prompt.Spans.Sum(span => span.Length));
        return prompt.Text;
    }

    static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;
}
