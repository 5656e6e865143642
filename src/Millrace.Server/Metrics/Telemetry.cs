using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Millrace.Server.Metrics;

/// <summary>Sends metrics and traces to an OpenTelemetry collector, where one is named.</summary>
static class Telemetry
{
    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds the exporters where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector; else nothing.</summary>
    public static void AddTelemetry(this IServiceCollection services)
    {
        if (Environment.GetEnvironmentVariable(Endpoint) is { Length: > 0 })
        {
            services.AddOpenTelemetry()
                .ConfigureResource(static resource => resource.AddService("millrace"))
                .WithMetrics(static metrics => metrics.AddMeter(ServerMetrics.Name).AddOtlpExporter())
                .WithTracing(static traces => traces.AddSource(ServerMetrics.Name).AddOtlpExporter());
        }
    }
}
