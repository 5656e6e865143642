using Microsoft.AspNetCore.Http;
using Millrace.Server.Ollama;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Hosting;

/// <summary>Answers with an error what did not come as far as an API, in the shape of the API that its path belongs to.</summary>
static class RefusalWriter
{
    /// <summary>Answers with the error, and does not read what is left of the request.</summary>
    public static Task WriteAsync(HttpContext context, Exception exception)
    {
        OpenAiError error = OpenAiError.Of(exception);
        return context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? new OllamaError(error.Status, error.Message) { RetryAfter = error.RetryAfter }.WriteAsync(context.Response)
            : error.WriteAsync(context.Response);
    }
}
