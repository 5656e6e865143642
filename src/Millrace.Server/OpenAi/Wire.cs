using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Sampling;
using Millrace.Server.Hosting;
using Millrace.Server.Ledger;
using Millrace.Tokenization;

namespace Millrace.Server.OpenAi;

/// <summary>What the responses have in common.</summary>
static class Wire
{
    /// <summary>OpenAI's floor of log-probabilities: what the model excludes has this.</summary>
    public const double LeastLogProbability = -9999;

    /// <summary>How JSON is written: text as UTF-8, not escaped beyond need. It is never part of a page.</summary>
    public static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    static readonly JsonEncodedText UsageName = JsonEncodedText.Encode("usage");

    /// <summary>Why an answer ended.</summary>
    public static JsonEncodedText Reason(FinishReason reason) => reason == FinishReason.Length ? Length : Stop;

    static readonly JsonEncodedText Length = JsonEncodedText.Encode("length");
    static readonly JsonEncodedText Stop = JsonEncodedText.Encode("stop");

    /// <summary>Sends a whole body, of a length that is known.</summary>
    public static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(4096);
        await using (var json = new Utf8JsonWriter(body, Json))
        {
            write(json);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>Writes <c>usage</c>.</summary>
    public static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject(UsageName);
        json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
        json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
        json.WriteNumber("total_tokens"u8, usage.PromptTokens + usage.CompletionTokens);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.CachedTokens);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, 0);
        json.WriteNumber("audio_tokens"u8, 0);
        json.WriteNumber("accepted_prediction_tokens"u8, 0);
        json.WriteNumber("rejected_prediction_tokens"u8, 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes llama-server's <c>timings</c>.</summary>
    public static void WriteTimings(Utf8JsonWriter json, Usage usage, Timings timings)
    {
        double prompt = (timings.FirstToken - timings.Queued).TotalMilliseconds;
        double predicted = (timings.Total - timings.FirstToken).TotalMilliseconds;
        int computed = usage.PromptTokens - usage.CachedTokens;
        json.WriteStartObject("timings"u8);
        json.WriteNumber("cache_n"u8, usage.CachedTokens);
        json.WriteNumber("prompt_n"u8, computed);
        json.WriteNumber("prompt_ms"u8, prompt);
        json.WriteNumber("prompt_per_second"u8, PerSecond(computed, prompt));
        json.WriteNumber("predicted_n"u8, usage.CompletionTokens);
        json.WriteNumber("predicted_ms"u8, predicted);
        json.WriteNumber("predicted_per_second"u8, PerSecond(usage.CompletionTokens, predicted));
        json.WriteEndObject();
    }

    /// <summary>Writes <c>millrace</c>: the bill.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="receipt">The bill.</param>
    /// <param name="currency">The currency of its prices; null where nothing costs anything.</param>
    public static void WriteReceipt(Utf8JsonWriter json, Receipt receipt, string? currency)
    {
        json.WriteStartObject("millrace"u8);
        json.WritePropertyName("receipt"u8);
        ReceiptJson.Write(json, receipt, currency);
        json.WriteEndObject();
    }

    /// <summary>Writes the properties of a token of chat's <c>logprobs</c>.</summary>
    public static void WriteToken(Utf8JsonWriter json, Tokenizer tokenizer, TokenLogProbability token)
    {
        ReadOnlySpan<byte> piece = tokenizer.Piece(token.Token);
        json.WriteString("token"u8, Encoding.UTF8.GetString(piece)); // half a character is U+FFFD; its bytes follow
        json.WriteNumber("logprob"u8, Clip(token.LogProbability));
        if (tokenizer.IsSpecial(token.Token))
        {
            json.WriteNull("bytes"u8); // a name, which stands for no text
            return;
        }

        json.WriteStartArray("bytes"u8);
        foreach (byte value in piece)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>A log-probability as it is sent.</summary>
    public static double Clip(double logProbability) => Math.Max(LeastLogProbability, logProbability);

    /// <summary>A token's text as the text completions write it: what is no text by itself as <c>bytes:\xe2\x80</c>.</summary>
    public static string TokenText(Tokenizer tokenizer, int token)
    {
        ReadOnlySpan<byte> piece = tokenizer.Piece(token);
        if (System.Text.Unicode.Utf8.IsValid(piece))
        {
            return Encoding.UTF8.GetString(piece);
        }

        StringBuilder text = new("bytes:");
        foreach (byte value in piece)
        {
            text.Append("\\x").Append(value.ToString("x2", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    static double PerSecond(int count, double milliseconds) => milliseconds > 0 ? count / milliseconds * 1000 : 0;
}
