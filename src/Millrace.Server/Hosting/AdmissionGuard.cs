using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Inference;

namespace Millrace.Server.Hosting;

/// <summary>Refuses what could not run anyhow before its body is read: that is what keeps refusals fast.</summary>
static class AdmissionGuard
{
    /// <summary>Passes on what may be admitted.</summary>
    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsPost(context.Request.Method) && context.Features.Get<Caller>() is { } caller)
        {
            try
            {
                context.RequestServices.GetRequiredService<InferencePipeline>().CheckOpen(caller);
            }
            catch (InferenceException refusal)
            {
                await RefusalWriter.WriteAsync(context, refusal);
                return;
            }
        }

        await next(context);
    }
}
