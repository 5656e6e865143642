using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Inference;
using Millrace.Server.LlamaServer;
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
    public static WebApplication Create(ServerOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Parse(options.Host), options.Port);
        });
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(options.TimeProvider);
        builder.Services.AddSingleton<ModelRegistry>();
        builder.Services.AddInference();
        builder.Services.AddOpenAiApi();
        builder.Services.AddOllamaApi();
        builder.Services.AddLlamaServerApi();
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapOpenAiApi();
        app.MapOllamaApi();
        app.MapLlamaServerApi();
        app.MapPage();
        return app;
    }
}
