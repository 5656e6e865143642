using System.Runtime.CompilerServices;
using System.Text.Json;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Tokenization.Templates;

namespace Millrace.Server.OpenAi;

/// <summary>Turns conversations into a model's prompt, by its own template.</summary>
sealed class ChatPrompt(TimeProvider clock)
{
    const string ProbeFunction = "probe_function";
    const string ProbeResult = "probe_result";
    const string Probe = $$"""
        [
          { "role": "user", "content": "a" },
          {
            "role": "assistant", "content": "",
            "tool_calls": [{ "id": "call00001", "type": "function", "function": { "name": "{{ProbeFunction}}", "arguments": {} } }]
          },
          { "role": "tool", "tool_call_id": "call00001", "name": "{{ProbeFunction}}", "content": "{{ProbeResult}}" }
        ]
        """;

    readonly ConditionalWeakTable<ChatFormat, StrongBox<bool>> _tools = [];

    /// <summary>The tokens of a request's conversation.</summary>
    /// <exception cref="InferenceException">The conversation is wrong, or none that the model's template can say.</exception>
    public List<int> Encode(RequestFields fields, Engine engine) => engine.Tokenizer.Encode(Render(fields, engine));

    /// <summary>The prompt of a request's conversation.</summary>
    /// <exception cref="InferenceException">The conversation is wrong, or none that the model's template can say.</exception>
    public RenderedPrompt Render(RequestFields fields, Engine engine, bool addGenerationPrompt = true)
    {
        JsonElement messages = Messages.Read(fields, out bool hasTools);
        ChatFormat format = Format(engine);
        if (hasTools && !_tools.GetValue(format, _ => new(CanUseTools(format))).Value)
        {
            throw RequestFields.NotSupported("messages", "The model's chat template does not know tools: messages with role 'tool' or with 'tool_calls' are not supported.");
        }

        try
        {
            return format.Render(messages, clock.GetLocalNow().DateTime, addGenerationPrompt: addGenerationPrompt);
        }
        catch (TemplateException error)
        {
            throw RequestFields.Invalid("messages", "invalid_value", $"The model's chat template refuses these messages: {error.Message}");
        }
    }

    static ChatFormat Format(Engine engine)
    {
        try
        {
            return engine.ChatFormat ?? throw RequestFields.NotSupported("model", "The model has no chat template: it completes text (/v1/completions), but holds no conversation.");
        }
        catch (TemplateException error)
        {
            throw RequestFields.NotSupported("model", $"The model's chat template cannot be read: {error.Message}");
        }
    }

    /// <summary>Whether calls and their results reach the prompt: many templates pass over what they do not know.</summary>
    bool CanUseTools(ChatFormat format)
    {
        using JsonDocument messages = JsonDocument.Parse(Probe);
        try
        {
            string prompt = format.Render(messages.RootElement, clock.GetLocalNow().DateTime).Text;
            return prompt.Contains(ProbeFunction, StringComparison.Ordinal) && prompt.Contains(ProbeResult, StringComparison.Ordinal);
        }
        catch (TemplateException)
        {
            return false;
        }
    }
}
