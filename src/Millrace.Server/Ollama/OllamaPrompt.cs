using System.Text.Json;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Tokenization.Templates;

namespace Millrace.Server.Ollama;

/// <summary>Turns what was asked into a model's tokens.</summary>
static class OllamaPrompt
{
    const int MaxMessages = 1 << 16;

    static readonly Parameter Role = Parameter.Choice("role", ["system", "user", "assistant", "tool"], "Who says it.");
    static readonly Parameter Content = Parameter.Text("content", int.MaxValue, "What is said.");

    /// <summary>The turns of a chat.</summary>
    /// <exception cref="InferenceException">A message is wrong, or has what is not supported.</exception>
    public static List<(string Role, string Content)> Turns(JsonElement messages)
    {
        List<(string, string)> turns = [];
        foreach (JsonElement message in RequestFields.Array(messages, "messages", MaxMessages))
        {
            RequestFields fields = new(message, $"messages[{turns.Count}]");
            fields.Require("role");
            string role = fields.Text(Role)!;
            foreach (string name in (ReadOnlySpan<string>)["images", "tool_calls"])
            {
                if (fields.Find(name) is { } value && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0))
                {
                    throw RequestFields.NotSupported(fields.Path(name), $"'{fields.Path(name)}' is not supported");
                }
            }

            turns.Add(role == "tool" ? throw RequestFields.NotSupported(fields.Path("role"), "messages of role 'tool' are not supported") : (role, fields.Text(Content) ?? ""));
        }

        return turns;
    }

    /// <summary>The tokens of a conversation, by the model's own template.</summary>
    /// <exception cref="InferenceException">The model has no template, or one that refuses the conversation.</exception>
    public static List<int> Encode(Engine engine, IEnumerable<(string Role, string Content)> turns, DateTime now)
    {
        try
        {
            ChatFormat format = engine.ChatFormat
                ?? throw RequestFields.NotSupported("model", "the model has no chat template: it continues text (/api/generate), but holds no conversation");
            return format.Encode(ChatTemplate.ToJson(turns), now);
        }
        catch (TemplateException error)
        {
            throw RequestFields.Invalid("messages", "invalid_value", $"the model's chat template fails: {error.Message}");
        }
    }
}
