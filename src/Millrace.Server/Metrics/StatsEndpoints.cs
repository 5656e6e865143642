using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;
using Millrace.Server.Models;

namespace Millrace.Server.Metrics;

/// <summary><c>/metrics</c> for Prometheus, and <c>/v1/stats</c> for the dashboard.</summary>
static class StatsEndpoints
{
    /// <summary>Adds what the routes need.</summary>
    public static void AddStats(this IServiceCollection services) => services.AddSingleton<StatsReader>();

    /// <summary>Adds the routes.</summary>
    public static void MapStats(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", static (ServerMetrics metrics, ModelRegistry models, ServerOptions options) => Results.Text(
            Exposition.Write(metrics, models.Engines.ToDictionary(static model => model.Key, static model => model.Value.Snapshot), options.Prices.Currency), PrometheusText.ContentType))
            .RequireScope(KeyScopes.Metrics)
            .WithSummary("Counters and histograms for Prometheus, by vLLM's names and our own");
        routes.MapGet("/v1/stats", static (StatsReader stats) => TypedResults.Json(stats.Read(), StatsJson.Default.Stats))
            .RequireScope(KeyScopes.Metrics)
            .WithSummary("What the server does now");
    }
}

/// <summary>How the routes write JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Stats))]
sealed partial class StatsJson : JsonSerializerContext;
