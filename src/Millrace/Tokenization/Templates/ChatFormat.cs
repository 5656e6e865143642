using System.Text;
using System.Text.Json;
using Millrace.Formats;

namespace Millrace.Tokenization.Templates;

/// <summary>Turns conversations into a model's tokens: its template and its tokenizer together. Immutable: threads may share it.</summary>
public sealed class ChatFormat
{
    readonly Tokenizer _tokenizer;
    readonly ChatTemplate _template;

    /// <summary>Parses a template.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">Jinja2 source.</param>
    /// <exception cref="TemplateException">The template is malformed.</exception>
    public ChatFormat(Tokenizer tokenizer, string template)
    {
        _tokenizer = tokenizer;
        _template = ChatTemplate.Parse(template);
    }

    /// <summary>The format of a model, or null where it has no template.</summary>
    /// <exception cref="TemplateException">The template is malformed.</exception>
    /// <exception cref="ModelFormatException">A file is not what it must be.</exception>
    public static ChatFormat? Of(ModelFile file, Tokenizer tokenizer) => TemplateSource.Read(file) is { } source ? new(tokenizer, source) : null;

    /// <summary>The tokens of a conversation, up to where the assistant's answer begins.</summary>
    /// <param name="messages">JSON array of messages.</param>
    /// <param name="now">The local time for the template.</param>
    /// <param name="tools">JSON array of tools, or null.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or exceeds a limit.</exception>
    public List<int> Encode(JsonElement messages, DateTime now, JsonElement? tools = null) => _tokenizer.Encode(Render(messages, now, tools));

    /// <summary>The prompt of a conversation, up to where the assistant's answer begins.</summary>
    /// <param name="messages">JSON array of messages.</param>
    /// <param name="now">The local time for the template.</param>
    /// <param name="tools">JSON array of tools, or null.</param>
    /// <param name="addGenerationPrompt">Whether the assistant's turn is begun.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, fails, or exceeds a limit.</exception>
    public RenderedPrompt Render(JsonElement messages, DateTime now, JsonElement? tools = null, bool addGenerationPrompt = true) => _template.RenderPrompt(new TemplateInput
    {
        Messages = messages,
        Tools = tools,
        AddGenerationPrompt = addGenerationPrompt,
        BosToken = Text(_tokenizer.Special.Bos),
        EosToken = Text(_tokenizer.Special.Eos),
        Now = now,
    });

    string? Text(int? id) => id is { } known ? Encoding.UTF8.GetString(_tokenizer.Piece(known)) : null;
}
