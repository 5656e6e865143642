using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Inference;
using Millrace.Server.Limits;

namespace Millrace.Server.OpenAi;

/// <summary>The headers of every response: what the request is called, and under <c>/v1</c> OpenAI's own.</summary>
static class OpenAiHeaders
{
    /// <summary>The header that names the request.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>Sees to it that the headers are there when the response starts, whoever answers.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        TimeProvider clock = context.RequestServices.GetRequiredService<TimeProvider>();
        long begin = clock.GetTimestamp();
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.TryAdd(RequestId, RandomNumberGenerator.GetHexString(32, lowercase: true));
            if (context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            {
                Write(context, clock.GetElapsedTime(begin));
            }

            return Task.CompletedTask;
        });
        return next(context);
    }

    /// <summary>A time as OpenAI writes it: <c>6m0s</c>, <c>20s</c>, <c>120ms</c>.</summary>
    internal static string Duration(TimeSpan time)
    {
        long milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        long seconds = (milliseconds + 999) / 1000;
        return milliseconds < 1000 ? Invariant($"{milliseconds}ms")
            : seconds < 60 ? Invariant($"{seconds}s")
            : Invariant($"{seconds / 60}m{seconds % 60}s");
    }

    static void Write(HttpContext context, TimeSpan elapsed)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers["openai-version"] = "2020-10-01";
        headers["openai-processing-ms"] = Invariant($"{(long)elapsed.TotalMilliseconds}");
        if (context.Features.Get<Caller>()?.Key is { } key)
        {
            (LimitStatus? requests, LimitStatus? tokens) = context.RequestServices.GetRequiredService<KeyLimiter>().Status(key);
            Write(headers, "requests", requests);
            Write(headers, "tokens", tokens);
        }
    }

    static void Write(IHeaderDictionary headers, string unit, LimitStatus? status)
    {
        if (status is { } limit)
        {
            headers[$"x-ratelimit-limit-{unit}"] = Invariant($"{limit.Most}");
            headers[$"x-ratelimit-remaining-{unit}"] = Invariant($"{Math.Max(0, limit.Remaining)}");
            headers[$"x-ratelimit-reset-{unit}"] = Duration(limit.Reset);
        }
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
