using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Server.Hosting;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Faults;

/// <summary>What clients send cannot write lines of the log, and what they say is not in it.</summary>
public sealed class LogTests
{
    const string Canary = "c4nary-in-the-prompt";

    [Fact, Trait("Probe", "74")]
    public async Task Names_with_line_breaks_and_escapes_write_no_line_of_their_own_and_prompts_none()
    {
        using TemporaryFolder folder = new();
        string model = folder.Path("story.gguf");
        StoryWithTemplate.Write(model);
        using LogCapture log = new();
        await using WebApplication app = MillraceServer.Create(
            new ServerOptions { Port = 0, Home = folder.Path(), Models = [new() { Name = "story", Path = model, Threads = 1, Context = 128 }] },
            builder => builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        await app.StartAsync(TestContext.Current.CancellationToken);
        using HttpClient http = new() { BaseAddress = new Uri(app.Urls.Single()) };
        string evil = "x\\r\\nfail: FAKE\\u001b[31m";
        await Post(http, "/v1/completions", $$"""{"model":"{{evil}}","prompt":"{{Canary}}"}""");
        await Post(http, "/v1/completions", $$"""{"model":"story","prompt":"{{Canary}}","user":"{{evil}}","max_tokens":3}""");
        await Post(http, "/api/generate", $$"""{"model":"{{evil}}","prompt":"{{Canary}}"}""");
        await Post(http, "/api/generate", $$"""{"model":"story","prompt":"{{Canary}}","stream":false,"options":{"num_predict":2} }""");
        await http.GetAsync("/v1/models/%0d%0afail:%20FAKE%1b[31m", TestContext.Current.CancellationToken);
        await http.GetAsync("/v1/%0d%0afail:%20FAKE", TestContext.Current.CancellationToken);

        // One that fails inside, so that the failure is logged.
        FakeDevice device = new();
        device.BeforeStep = (_, _) => throw new InvalidOperationException("inside");
        await app.Services.GetRequiredService<ModelRegistry>().UnloadAsync("story", TestContext.Current.CancellationToken);
        app.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) => device.Start(tokenizer: Inference.PipelineBench.Tokenizer);
        Assert.Equal(HttpStatusCode.InternalServerError, await Post(http, "/v1/completions", """{"model":"story","prompt":[4,5,6],"max_tokens":3}"""));

        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(log.Lines, line => line.Any(char.IsControl) || line.Contains('\u001b'));
        Assert.DoesNotContain(log.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("fail: FAKE", StringComparison.Ordinal));
    }

    static async Task<HttpStatusCode> Post(HttpClient http, string path, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    sealed class LogCapture : ILoggerProvider, ILogger
    {
        readonly ConcurrentQueue<string> _lines = [];

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
