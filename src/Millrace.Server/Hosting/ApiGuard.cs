using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millrace.Server.Hosting;

/// <summary>Runs the handlers of an API; what one throws is answered in the shape of that API.</summary>
static partial class ApiGuard
{
    /// <summary>A handler of an endpoint that is taken from the services.</summary>
    /// <param name="handle">The handler.</param>
    /// <param name="answer">Answers with an error: its status and its body.</param>
    public static RequestDelegate Of<T>(Func<T, HttpContext, Task> handle, Func<HttpContext, Exception, Task> answer)
        where T : notnull => async context =>
    {
        try
        {
            await handle(context.RequestServices.GetRequiredService<T>(), context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // for the counters: nobody reads it
            }
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await answer(context, error);
            if (context.Response.StatusCode == StatusCodes.Status500InternalServerError)
            {
                LogFailed(context.RequestServices.GetRequiredService<ILogger<T>>(), error, context.Request.Path);
            }
        }
    };

    /// <summary>Says when it is worth to try again, in whole seconds and at least one; nothing where that is not known.</summary>
    public static void SetRetryAfter(this HttpResponse response, TimeSpan? wait)
    {
        if (wait is { } time)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Path} failed")]
    static partial void LogFailed(ILogger logger, Exception error, string path);
}
