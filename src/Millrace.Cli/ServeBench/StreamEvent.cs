using System.Text.Json;

namespace Millrace.Cli.ServeBench;

/// <summary>What a benchmark wants to know of a chunk of a chat completion or completion.</summary>
ref struct StreamEvent
{
    /// <summary>Whether it belongs to the answer: it has a choice.</summary>
    public bool HasChoice { get; private set; }

    /// <summary>Whether it brings text (content, reasoning or a tool call's).</summary>
    public bool HasText { get; private set; }

    /// <summary>Tokens as the server counts them; -1 where it does not say.</summary>
    public int PromptTokens { get; private set; } = -1;

    /// <inheritdoc cref="PromptTokens"/>
    public int CompletionTokens { get; private set; } = -1;

    /// <inheritdoc cref="PromptTokens"/>
    public int CachedTokens { get; private set; } = -1;

    /// <summary>The message of an error amid the stream.</summary>
    public string? Error { get; private set; }

    public StreamEvent()
    {
    }

    /// <summary>Reads a chunk.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static StreamEvent Parse(ReadOnlySpan<byte> json)
    {
        StreamEvent made = new();
        Utf8JsonReader reader = new(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a chunk is no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool choices = reader.ValueTextEquals("choices"u8), usage = reader.ValueTextEquals("usage"u8), error = reader.ValueTextEquals("error"u8);
            reader.Read();
            if (choices)
            {
                made.ReadChoices(ref reader);
            }
            else if (usage)
            {
                made.ReadUsage(ref reader);
            }
            else if (error && reader.TokenType != JsonTokenType.Null)
            {
                made.Error = ErrorMessage(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return made;
    }

    /// <summary>The message of an error body, or the body's beginning where it has none.</summary>
    public static string ErrorOf(ReadOnlySpan<byte> body)
    {
        try
        {
            if (Parse(body).Error is { } message)
            {
                return message;
            }
        }
        catch (JsonException)
        {
            // Not every server answers with JSON.
        }

        return System.Text.Encoding.UTF8.GetString(body[..Math.Min(200, body.Length)]);
    }

    void ReadChoices(ref Utf8JsonReader reader)
    {
        int depth = reader.CurrentDepth;
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            HasChoice = true;
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool text = reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8);
            bool calls = reader.ValueTextEquals("tool_calls"u8), skipped = reader.ValueTextEquals("logprobs"u8);
            reader.Read();
            HasText |= text && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
            HasText |= calls && reader.TokenType == JsonTokenType.StartArray;
            if (calls || skipped)
            {
                reader.Skip();
            }
        }
    }

    void ReadUsage(ref Utf8JsonReader reader)
    {
        int depth = reader.CurrentDepth;
        while (reader.TokenType != JsonTokenType.Null && reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            bool prompt = reader.ValueTextEquals("prompt_tokens"u8), completion = reader.ValueTextEquals("completion_tokens"u8), cached = reader.ValueTextEquals("cached_tokens"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int count))
            {
                PromptTokens = prompt ? count : PromptTokens;
                CompletionTokens = completion ? count : CompletionTokens;
                CachedTokens = cached ? count : CachedTokens;
            }
        }
    }

    static string ErrorMessage(ref Utf8JsonReader reader)
    {
        using JsonDocument error = JsonDocument.ParseValue(ref reader);
        return error.RootElement.ValueKind == JsonValueKind.Object && error.RootElement.TryGetProperty("message", out JsonElement message)
            ? message.ToString()
            : error.RootElement.ToString();
    }
}
