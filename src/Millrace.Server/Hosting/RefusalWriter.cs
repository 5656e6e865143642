using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Server.OpenAi;

namespace Millrace.Server.Hosting;

/// <summary>Answers with an error what did not come as far as an API, in the shape of the API that its path belongs to.</summary>
static class RefusalWriter
{
    /// <summary>Answers with the error, and does not read what is left of the request.</summary>
    public static async Task WriteAsync(HttpContext context, Exception exception)
    {
        OpenAiError error = OpenAiError.Of(exception);
        if (!context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
        {
            await error.WriteAsync(context.Response);
            return;
        }

        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsJsonAsync(new OllamaError(error.Message), context.RequestAborted);
    }

    sealed record OllamaError(string Error);
}
