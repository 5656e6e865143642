using System.Buffers;
using System.Text.Json;
using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Syntax;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates;

/// <summary>
/// A chat template: a Jinja2 program that comes with a model and turns a conversation into its prompt. It runs as
/// transformers runs it (Jinja2's immutable sandbox, trim_blocks, lstrip_blocks, loop controls, <c>generation</c> blocks,
/// <c>tojson</c>, <c>raise_exception</c>, <c>strftime_now</c>), in an interpreter of its own: a template reaches the values
/// it is given and nothing else, and stays within <see cref="TemplateLimits"/>. Immutable: threads may render at once.
/// </summary>
public sealed class ChatTemplate
{
    readonly Body _body;

    ChatTemplate(Body body) => _body = body;

    /// <summary>Parses a template.</summary>
    /// <param name="source">The Jinja2 source.</param>
    /// <exception cref="TemplateException">It is malformed, or nested too deep.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(Parser.Parse(source));
    }

    /// <summary>The prompt of a conversation.</summary>
    /// <param name="input">The conversation and what else the template sees.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or exceeds a limit.</exception>
    public string Render(TemplateInput input) => Run(input).Text;

    /// <summary>The prompt of a conversation of plain texts.</summary>
    /// <param name="messages">Who says what.</param>
    /// <param name="input">What else the template sees; its messages are replaced by these.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or exceeds a limit.</exception>
    public string Render(IEnumerable<(string Role, string Content)> messages, TemplateInput input) =>
        Render(input with { Messages = ToJson(messages) });

    /// <summary>Messages of plain text as the JSON array that <see cref="TemplateInput.Messages"/> takes.</summary>
    public static JsonElement ToJson(IEnumerable<(string Role, string Content)> messages)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach ((string role, string content) in messages)
            {
                writer.WriteStartObject();
                writer.WriteString("role", role);
                writer.WriteString("content", content);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    /// <summary>The prompt of a conversation, with who wrote which part of it.</summary>
    /// <param name="input">The conversation and what else the template sees.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or exceeds a limit.</exception>
    public RenderedPrompt RenderPrompt(TemplateInput input)
    {
        Str prompt = Run(input);
        List<TextSpan> spans = [];
        bool trusted = prompt.StartsTrusted;
        int start = 0;
        foreach (int flip in prompt.Flips)
        {
            spans.Add(new TextSpan(start, flip - start, trusted));
            (start, trusted) = (flip, !trusted);
        }

        if (start < prompt.Text.Length)
        {
            spans.Add(new TextSpan(start, prompt.Text.Length - start, trusted));
        }

        return new RenderedPrompt(prompt.Text, spans);
    }

    Str Run(TemplateInput input)
    {
        var context = new RenderContext(input.Limits, input.Now, Variables(input));
        try
        {
            var output = new TextBuilder(context);
            Statement.Run(_body.Statements, context, new Scope(null, _body.Frame), output);
            return output.ToStr();
        }
        catch (TemplateException error) when (error.Line == 0)
        {
            error.Line = context.Line;
            throw;
        }
    }

    static Dictionary<string, Value> Variables(TemplateInput input)
    {
        Dictionary<string, Value> variables = new(Globals.Functions)
        {
            ["messages"] = JsonInput.ConvertMessages(input.Messages),
            ["add_generation_prompt"] = BoolValue.Of(input.AddGenerationPrompt),
        };
        if (input.Tools is { } tools)
        {
            variables["tools"] = JsonInput.Convert(tools);
        }

        if (input.BosToken is not null)
        {
            variables["bos_token"] = new Str(input.BosToken, trusted: true);
        }

        if (input.EosToken is not null)
        {
            variables["eos_token"] = new Str(input.EosToken, trusted: true);
        }

        foreach ((string name, JsonElement value) in input.Variables)
        {
            variables[name] = JsonInput.Convert(value);
        }

        return variables;
    }
}
