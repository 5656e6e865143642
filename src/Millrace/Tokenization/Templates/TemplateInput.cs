using System.Text.Json;

namespace Millrace.Tokenization.Templates;

/// <summary>What a chat template is rendered with.</summary>
public sealed record TemplateInput
{
    /// <summary>The conversation: a JSON array of objects, the order of whose keys is kept.</summary>
    public required JsonElement Messages { get; init; }

    /// <summary>The tools on offer: a JSON array, or null for none (<c>tools</c> is then undefined to the template).</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Whether the prompt ends where the assistant's answer begins.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>The text of the token that begins a sequence (<c>bos_token</c>); undefined to the template if null.</summary>
    public string? BosToken { get; init; }

    /// <summary>The text of the token that ends a sequence (<c>eos_token</c>); undefined to the template if null.</summary>
    public string? EosToken { get; init; }

    /// <summary>The local time for <c>strftime_now</c>.</summary>
    public required DateTime Now { get; init; }

    /// <summary>More variables (<c>enable_thinking</c>, <c>documents</c> …). They override those above, and count as the user's text.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What the rendering may use.</summary>
    public TemplateLimits Limits { get; init; } = TemplateLimits.Default;
}
