using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Millrace.Server.Hosting;

/// <summary><c>/health/live</c>: whether the process answers. <c>/health/ready</c>: whether it can serve; what is wrong, where it cannot.</summary>
static class HealthEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", static (HttpContext context) => AdminJson.WriteAsync(context, static json => json.WriteString("status"u8, "ok"u8))).WithSummary("Whether the process answers; needs no key");
        routes.MapGet("/health/ready", static (HttpContext context, ServerHealth health) => WriteAsync(context, health.Problems())).WithSummary("Whether it can serve, and what is wrong where it cannot; needs no key");
    }

    static Task WriteAsync(HttpContext context, IReadOnlyList<string> problems)
    {
        context.Response.StatusCode = problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return AdminJson.WriteAsync(context, json =>
        {
            json.WriteString("status"u8, problems.Count == 0 ? "ok"u8 : "unavailable"u8);
            json.WriteStartArray("problems"u8);
            foreach (string problem in problems)
            {
                json.WriteStringValue(problem);
            }

            json.WriteEndArray();
        });
    }
}
