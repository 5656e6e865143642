using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Millrace.Tests.Cli.ServeBench;

/// <summary>A server of OpenAI's API on a loopback port of its own whose pace and failures are the test's.</summary>
sealed class StubServer : IAsyncDisposable
{
    readonly WebApplication _app;
    int _asked;

    StubServer(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The bodies it was sent.</summary>
    public ConcurrentQueue<JsonElement> Bodies { get; } = [];

    /// <summary>The Authorization headers it was sent.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    /// <summary>Answers a request by its number, from 0, and its body.</summary>
    public Func<HttpContext, int, JsonElement, Task> Answer { get; set; } = (context, _, body) => StreamAsync(context, body.GetProperty("max_tokens").GetInt32());

    /// <summary>Counts the tokens of a text; null for a server that has no <c>/tokenize</c>.</summary>
    public Func<string, int>? Tokenize { get; set; }

    /// <summary>Starts one.</summary>
    public static async Task<StubServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        StubServer stub = new(builder.Build());
        stub._app.MapPost("/v1/chat/completions", stub.OnAskedAsync);
        stub._app.MapPost("/v1/completions", stub.OnAskedAsync);
        stub._app.MapGet("/v1/models", () => Results.Text("""{"object":"list","data":[{"id":"stub-model"}]}""", "application/json"));
        stub._app.MapPost("/tokenize", async context =>
        {
            using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
            await (stub.Tokenize is { } count ? Results.Json(new { tokens = new int[count(body.RootElement.GetProperty("content").GetString()!)] }) : Results.NotFound()).ExecuteAsync(context);
        });
        await stub._app.StartAsync();
        stub.Url = stub._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return stub;
    }

    /// <summary>Streams an answer of so many tokens, a pause before each.</summary>
    public static async Task StreamAsync(HttpContext context, int tokens, int pauseMilliseconds = 0, int prompt = 10)
    {
        context.Response.ContentType = "text/event-stream";
        await WriteAsync(context, """{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null}""");
        for (int i = 0; i < tokens; i++)
        {
            await Task.Delay(pauseMilliseconds, context.RequestAborted);
            await WriteAsync(context, $$"""{"choices":[{"index":0,"delta":{"content":" w{{i}}"},"logprobs":null,"finish_reason":null}],"usage":null}""");
        }

        await WriteAsync(context, """{"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":null}""");
        await WriteAsync(context, $$$$"""{"choices":[],"usage":{"prompt_tokens":{{{{prompt}}}},"completion_tokens":{{{{tokens}}}},"prompt_tokens_details":{"cached_tokens":3}}}""");
        await WriteAsync(context, "[DONE]");
    }

    /// <summary>Sends one event.</summary>
    public static async Task WriteAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Refuses with a status and OpenAI's error body.</summary>
    public static async Task RefuseAsync(HttpContext context, int status, string message, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.RetryAfter = retryAfter;
        await context.Response.WriteAsJsonAsync(new { error = new { message, type = "x", param = (string?)null, code = (string?)null } });
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    async Task OnAskedAsync(HttpContext context)
    {
        using JsonDocument body = await JsonDocument.ParseAsync(context.Request.Body);
        JsonElement copy = body.RootElement.Clone();
        Bodies.Enqueue(copy);
        Keys.Enqueue(context.Request.Headers.Authorization.ToString());
        await Answer(context, Interlocked.Increment(ref _asked) - 1, copy);
    }
}
