using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;

namespace Millrace.Server.LlamaServer;

/// <summary>An error as llama-server writes it: <c>{"error":{"code","message","type"}}</c>.</summary>
/// <param name="Code">The HTTP status.</param>
/// <param name="Type">The kind.</param>
/// <param name="Message">For people.</param>
sealed record LlamaServerError(int Code, string Type, string Message)
{
    /// <summary>What to say of an exception. Of what is the server's own fault no detail is told.</summary>
    public static LlamaServerError Of(Exception exception) => exception switch
    {
        InferenceException refused => Of(refused.Refusal, refused.Message),
        BadHttpRequestException bad => new(bad.StatusCode, "invalid_request_error", "The request is too large, broke off or is malformed"),
        _ => new(500, "server_error", "An internal error"),
    };

    static LlamaServerError Of(Refusal refusal, string message) => refusal switch
    {
        Refusal.Unauthorized => new(401, "authentication_error", message),
        Refusal.Forbidden => new(403, "permission_error", message),
        Refusal.ModelNotFound or Refusal.NotFound => new(404, "not_found_error", message),
        Refusal.NotSupported => new(501, "not_supported_error", message),
        Refusal.ContextLength => new(400, "exceed_context_size_error", message),
        Refusal.RateLimited or Refusal.Budget => new(429, "unavailable_error", message),
        Refusal.Busy or Refusal.Unavailable => new(503, "unavailable_error", message),
        Refusal.MediaType => new(415, "invalid_request_error", message),
        _ => new(400, "invalid_request_error", message),
    };

    /// <summary>Answers with the error.</summary>
    public Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Code;
        return LlamaServerApi.WriteAsync(context, json =>
        {
            json.WriteStartObject("error"u8);
            json.WriteNumber("code"u8, Code);
            json.WriteString("message"u8, Message);
            json.WriteString("type"u8, Type);
            json.WriteEndObject();
        });
    }
}
