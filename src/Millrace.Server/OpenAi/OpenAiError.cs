using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Sampling;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.OpenAi;

/// <summary>An error as OpenAI's API writes it: <c>{"error":{"message","type","param","code"}}</c>.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The kind, coarse.</param>
/// <param name="Code">The kind, fine; null where the type says it all.</param>
/// <param name="Message">For people.</param>
/// <param name="Param">The parameter at fault.</param>
sealed record OpenAiError(int Status, string Type, string? Code, string Message, string? Param)
{
    const string InvalidRequest = "invalid_request_error";

    /// <summary>When it is worth to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What to say of an exception. Of what is the server's own fault no detail is told.</summary>
    public static OpenAiError Of(Exception exception) => exception switch
    {
        InferenceException refused => Of(refused),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(413, InvalidRequest, "request_too_large", "The request's body is too large.", null),
        BadHttpRequestException bad => new(bad.StatusCode, InvalidRequest, null, "The request broke off or is malformed.", null),
        GenerationException { InnerException: SamplingException cause } => new(500, "server_error", null, $"The model failed: {cause.Message}.", null),
        _ => new(500, "server_error", null, "The server had an error while processing your request.", null),
    };

    static OpenAiError Of(InferenceException refused)
    {
        (int status, string type, string? code) = refused.Refusal switch
        {
            Refusal.Invalid => (400, InvalidRequest, null),
            Refusal.NotSupported => (400, InvalidRequest, "unsupported_value"),
            Refusal.ContextLength => (400, InvalidRequest, "context_length_exceeded"),
            Refusal.Unauthorized => (401, InvalidRequest, "invalid_api_key"),
            Refusal.Forbidden => (403, InvalidRequest, "permission_denied"),
            Refusal.ModelNotFound => (404, InvalidRequest, "model_not_found"),
            Refusal.NotFound => (404, InvalidRequest, "not_found"),
            Refusal.Conflict => (409, InvalidRequest, "conflict"),
            Refusal.Cancelled => (409, InvalidRequest, "cancelled"),
            Refusal.Deadline => (408, "timeout_error", "deadline_exceeded"),
            Refusal.MediaType => (415, InvalidRequest, "unsupported_media_type"),
            Refusal.RateLimited => (429, "rate_limit_error", "rate_limit_exceeded"),
            Refusal.Budget => (429, "insufficient_quota", "insufficient_quota"),
            Refusal.Busy => (503, "server_error", "overloaded"),
            _ => (503, "server_error", "unavailable"),
        };
        return new(status, type, refused.Code ?? code, refused.Message, refused.Parameter) { RetryAfter = refused.RetryAfter };
    }

    /// <summary>Answers with the error.</summary>
    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.SetRetryAfter(RetryAfter);
        await Wire.SendAsync(response.HttpContext, Write);
    }

    /// <summary>Writes the object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", Message);
        json.WriteString("type", Type);
        json.WriteString("param", Param);
        json.WriteString("code", Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
