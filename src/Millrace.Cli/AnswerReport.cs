using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Cli;

/// <summary>What is said of an answer besides its text.</summary>
static class AnswerReport
{
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Usage and speed in a line.</summary>
    public static string Line(Answer answer)
    {
        string cached = answer.Usage.CachedTokens > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({answer.Usage.CachedTokens} cached)") : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"[{answer.Usage.PromptTokens} prompt tokens{cached}, first after {answer.Timings.FirstToken.TotalSeconds:0.00} s; {answer.Tokens.Count} tokens, {Speed(answer):0.0} tokens/s; {Reason(answer)}]");
    }

    /// <summary>All of it as a JSON object.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="seed">The seed it was drawn with.</param>
    /// <param name="load">How long loading took.</param>
    public static string Json(Answer answer, ulong seed, TimeSpan load) => new JsonObject
    {
        ["text"] = answer.Text,
        ["tokens"] = new JsonArray([.. answer.Tokens.Select(token => JsonValue.Create(token))]),
        ["finish_reason"] = Reason(answer),
        ["usage"] = new JsonObject
        {
            ["prompt_tokens"] = answer.Usage.PromptTokens,
            ["cached_tokens"] = answer.Usage.CachedTokens,
            ["completion_tokens"] = answer.Tokens.Count,
            ["total_tokens"] = answer.Usage.PromptTokens + answer.Tokens.Count,
        },
        ["timings"] = new JsonObject
        {
            ["load_seconds"] = load.TotalSeconds,
            ["first_token_seconds"] = answer.Timings.FirstToken.TotalSeconds,
            ["total_seconds"] = answer.Timings.Total.TotalSeconds,
            ["prompt_tokens_per_second"] = Ratio(answer.Usage.PromptTokens, answer.Timings.FirstToken),
            ["tokens_per_second"] = Speed(answer),
        },
        ["seed"] = seed,
    }.ToJsonString(Plain);

    // The first token comes with the prompt: the others tell the speed.
    static double Speed(Answer answer) => Ratio(answer.Tokens.Count - 1, answer.Timings.Total - answer.Timings.FirstToken);

    static double Ratio(int count, TimeSpan time) => count > 0 && time > TimeSpan.Zero ? count / time.TotalSeconds : 0;

    static string Reason(Answer answer) => answer.FinishReason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        _ => "cancelled",
    };
}
