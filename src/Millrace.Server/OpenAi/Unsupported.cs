using System.Text.Json;
using Millrace.Server.Hosting;

namespace Millrace.Server.OpenAi;

/// <summary>Fields that ask for what Millrace cannot do. They are refused by name, never ignored, unless they ask for nothing.</summary>
static class Unsupported
{
    static readonly Func<JsonElement, bool> Never = static _ => false;

    // Each with the values that change nothing; null never does.
    static readonly (string Name, Func<JsonElement, bool> IsNothing)[] Fields =
    [
        ("tools", IsEmpty),
        ("functions", IsEmpty),
        ("tool_choice", value => Is(value, "none", "auto")),
        ("function_call", value => Is(value, "none", "auto")),
        ("response_format", IsText),
        ("modalities", value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(mode => Is(mode, "text"))),
        ("audio", Never),
        ("prediction", Never),
        ("web_search_options", Never),
        ("moderation", Never),
        ("store", IsFalse),
        ("reasoning_effort", value => Is(value, "none")),
        ("verbosity", value => Is(value, "medium")),
        ("suffix", value => Is(value, "")),

        // llama-server's and vLLM's.
        ("grammar", value => Is(value, "")),
        ("json_schema", Never),
        ("structured_outputs", Never),
        ("guided_json", Never),
        ("guided_regex", Never),
        ("guided_choice", Never),
        ("guided_grammar", Never),
        ("chat_template", Never),
        ("chat_template_kwargs", IsEmpty),
        ("add_generation_prompt", IsTrue),
        ("continue_final_message", IsFalse),
        ("use_beam_search", IsFalse),
        ("prompt_logprobs", Never),
        ("min_tokens", IsZero),
        ("stop_token_ids", IsEmpty),
        ("include_stop_str_in_output", IsFalse),
        ("skip_special_tokens", IsTrue),
        ("logits_processors", IsEmpty),
    ];

    /// <summary>Refuses a request that asks for what cannot be done.</summary>
    /// <exception cref="Inference.InferenceException">It does; the message names the field.</exception>
    public static void Refuse(RequestFields fields)
    {
        foreach ((string name, Func<JsonElement, bool> isNothing) in Fields)
        {
            if (fields.Find(name) is { } value && !isNothing(value))
            {
                throw RequestFields.NotSupported(name, $"Unsupported parameter: '{name}' is not supported by this server{(value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? "" : " with this value")}.");
            }
        }
    }

    static bool Is(JsonElement value, params ReadOnlySpan<string> texts)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && texts.Contains(value.GetString());
        }
        catch (InvalidOperationException)
        {
            return false; // half a surrogate pair
        }
    }

    static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out JsonElement type) && Is(type, "text");

    static bool IsTrue(JsonElement value) => value.ValueKind == JsonValueKind.True;

    static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    static bool IsZero(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number == 0;

    static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => value.GetPropertyCount() == 0,
        _ => false,
    };
}
