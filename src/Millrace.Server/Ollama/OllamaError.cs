using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Sampling;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Ollama;

/// <summary>An error as Ollama writes it: <c>{"error":"…"}</c>, alone or as the last line of a stream.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">For people.</param>
sealed record OllamaError(int Status, string Message)
{
    /// <summary>When it is worth to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What to say of an exception. Of what is the server's own fault no detail is told.</summary>
    public static OllamaError Of(Exception exception) => exception switch
    {
        InferenceException refused => new(StatusOf(refused.Refusal), refused.Message) { RetryAfter = refused.RetryAfter },
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(413, "the request's body is too large"),
        BadHttpRequestException bad => new(bad.StatusCode, "the request broke off or is malformed"),
        GenerationException { InnerException: SamplingException cause } => new(500, $"the model failed: {cause.Message}"),
        _ => new(500, "an internal error"),
    };

    static int StatusOf(Refusal refusal) => refusal switch
    {
        Refusal.Unauthorized => 401,
        Refusal.Forbidden => 403,
        Refusal.ModelNotFound or Refusal.NotFound => 404,
        Refusal.Deadline => 408,
        Refusal.Conflict or Refusal.Cancelled => 409,
        Refusal.MediaType => 415,
        Refusal.RateLimited or Refusal.Budget => 429,
        Refusal.Busy or Refusal.Unavailable => 503,
        _ => 400,
    };

    /// <summary>Answers with the error.</summary>
    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = OllamaApi.Json;
        response.SetRetryAfter(RetryAfter);
        await using Utf8JsonWriter json = new(response.BodyWriter, OllamaApi.Relaxed);
        Write(json);
    }

    /// <summary>Writes the object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("error"u8, Message);
        json.WriteEndObject();
        json.Flush();
    }
}
