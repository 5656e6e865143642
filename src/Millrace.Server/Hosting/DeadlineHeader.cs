using System.Globalization;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Inference;

namespace Millrace.Server.Hosting;

/// <summary>Notes how long a client is ready to wait for the whole answer: <c>X-Deadline-Ms</c>.</summary>
static class DeadlineHeader
{
    const string Name = "X-Deadline-Ms";
    const int Longest = 24 * 60 * 60 * 1000;

    /// <summary>Reads the header, where there is one.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers[Name] is { Count: > 0 } header && context.Features.Get<Caller>() is { } caller)
        {
            if (!int.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) || milliseconds is < 1 or > Longest)
            {
                await RefusalWriter.WriteAsync(context, new InferenceException(Refusal.Invalid, $"The header must be a whole number of milliseconds from 1 to {Longest}") { Parameter = Name });
                return;
            }

            context.Features.Set(caller with { Deadline = TimeSpan.FromMilliseconds(milliseconds) });
        }

        await next(context);
    }
}
