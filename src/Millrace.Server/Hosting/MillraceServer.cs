using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.LlamaServer;
using Millrace.Server.Metrics;
using Millrace.Server.Models;
using Millrace.Server.Ollama;
using Millrace.Server.OpenAi;
using Millrace.Server.Page;

namespace Millrace.Server.Hosting;

/// <summary>Puts the server together.</summary>
public static class MillraceServer
{
    /// <summary>A server that is ready to be started.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="configure">Changes the host before it is built; null changes nothing.</param>
    /// <exception cref="ServerStartException">It may not run so.</exception>
    /// <exception cref="IOException">A file of its state is not what it must be; the message names it.</exception>
    public static WebApplication Create(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSockets(HttpLimits.Apply);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            HttpLimits.Apply(kestrel, options);
            kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning); // it would log addresses with their queries
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + DrainService.Rest);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        try
        {
            CheckState(app.Services, options);
        }
        catch (LedgerTakenException exception)
        {
            ((IDisposable)app).Dispose();
            throw new ServerStartException($"another server runs on {options.Home}{(RunningServer.Read(options.Home) is { } other ? $": {other}" : "")}; stop it, or give this one a folder of its own (MILLRACE_HOME)", exception);
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }

        RunningServer.Clear(options.Home);
        app.Lifetime.ApplicationStarted.Register(() => RunningServer.Write(options.Home, app.Urls));
        app.Lifetime.ApplicationStopped.Register(() => RunningServer.Clear(options.Home));
        app.UseMiddlewares();
        HealthEndpoints.Map(app);
        RequestEndpoints.Map(app);
        UsageEndpoint.Map(app);
        app.MapOpenAiApi();
        app.MapOllamaApi();
        app.MapLlamaServerApi();
        app.MapStats();
        app.MapPage();
        app.MapOpenApiDocument();
        return app;
    }

    static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton<ModelRegistry>();
        services.AddInference();
        services.AddSingleton<WrongKeys>();
        services.AddSingleton<KeyGuard>();
        services.AddSingleton<HostGuard>();
        services.AddSingleton<ServerHealth>();
        services.AddSingleton<RequestEndpoints>();
        services.AddSingleton<UsageEndpoint>();
        services.AddHostedService<DrainService>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => AllowOrigins(policy, options)));
        services.AddOpenAiApi();
        services.AddOllamaApi();
        services.AddLlamaServerApi();
        services.AddStats();
        services.AddTelemetry();
        services.AddSystemd(); // tells systemd when it is ready, where that started it
    }

    /// <summary>Opens all files of the state: what is wrong with them is found out now.</summary>
    static void CheckState(IServiceProvider services, ServerOptions options)
    {
        services.GetRequiredService<InferencePipeline>();
        services.GetRequiredService<RequestWatch>();
        ServerMetrics metrics = services.GetRequiredService<ServerMetrics>();
        services.GetRequiredService<ModelRegistry>().StepObserver = name =>
        {
            ModelMetrics model = metrics.Of(name);
            return (in StepReport step) => model.StepTokens.Record(step.Tokens);
        };
        if (!options.IsLoopback && !services.GetRequiredService<KeyStore>().HasKeys)
        {
            throw new ServerStartException($"on the address {options.Host} others can reach this server: make a key first (millrace keys add NAME), or listen on 127.0.0.1");
        }
    }

    /// <summary>Who may come in, from the outside to the inside.</summary>
    static void UseMiddlewares(this WebApplication app)
    {
        app.Use(next => context => OpenAiHeaders.InvokeAsync(context, next));
        app.Use(next => async context =>
        {
            await next(context);
            if (context.Response.StatusCode >= 400)
            {
                context.RequestServices.GetRequiredService<ServerMetrics>().Refuse(context.Response.StatusCode);
            }
        });
        app.Use(next => context => context.RequestServices.GetRequiredService<HostGuard>().InvokeAsync(context, next));
        app.UseCors(); // answers what browsers ask before a request, which carries no key
        app.Use(next => context => context.RequestServices.GetRequiredService<KeyGuard>().InvokeAsync(context, next));
        app.Use(next => context => AdmissionGuard.InvokeAsync(context, next));
        app.Use(next => context => DeadlineHeader.InvokeAsync(context, next));
        app.Use(next => context => IdempotencyHeader.InvokeAsync(context, next));
    }

    static void AllowOrigins(CorsPolicyBuilder policy, ServerOptions options) => policy
        .WithOrigins([.. options.AllowedOrigins])
        .WithMethods("GET", "POST", "DELETE")
        .WithHeaders("Authorization", "Content-Type", "x-api-key", "api-key", "Idempotency-Key")
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10));
}
