using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Millrace.Server.Hosting;

namespace Millrace.Tests.Server;

/// <summary>A server in this process, on a port of its own, with the story model under two names.</summary>
public sealed class TestServer : IAsyncLifetime
{
    /// <summary>The name of the model.</summary>
    public const string Model = "story";

    /// <summary>The same model under a name as hubs have them.</summary>
    public const string HubModel = "millrace/story:f16";

    readonly TemporaryFolder _folder = new();
    WebApplication _app = null!;

    /// <summary>Changes the options before the start.</summary>
    public Func<ServerOptions, ServerOptions> Configure { get; init; } = static options => options;

    /// <summary>The chat template; null leaves the model without one.</summary>
    public string? Template { get; init; } = StoryWithTemplate.Template;

    /// <summary>Where it listens, with a slash at the end.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A client whose addresses are relative to <see cref="Address"/>.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>What runs.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts it.</summary>
    public async ValueTask InitializeAsync()
    {
        string path = _folder.Path("story.gguf");
        StoryWithTemplate.Write(path, Template);
        ModelOptions Named(string name) => new() { Name = name, Path = path, Threads = 1, Context = 512, Parallel = 16 };
        // Nobody is refused for a wait that another test's work makes long.
        ServerOptions options = new() { Port = 0, Home = _folder.Path(), Models = [Named(Model), Named(HubModel)], FirstToken = default };
        _app = MillraceServer.Create(Configure(options), static builder => builder.Logging.ClearProviders());
        await _app.StartAsync();
        Address = new Uri(_app.Urls.Single() + "/");
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Sends a JSON body and reads the whole answer.</summary>
    public Task<TestReply> PostAsync(string path, JsonNode body) => PostAsync(path, body.ToJsonString());

    /// <summary>Sends a body that claims to be JSON and reads the whole answer.</summary>
    public async Task<TestReply> PostAsync(string path, string body)
    {
        using StringContent content = new(body, Encoding.UTF8, "application/json");
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });
    }

    /// <summary>Reads an answer.</summary>
    public Task<TestReply> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Sends a request and reads the whole answer.</summary>
    public async Task<TestReply> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using HttpResponseMessage response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            Dictionary<string, string> headers = response.Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
            return new(response.StatusCode, headers, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>An answer.</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">All headers.</param>
/// <param name="Text">The body.</param>
public sealed record TestReply(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Text)
{
    /// <summary>The body as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The JSON of each server-sent event but the last, which must be <c>[DONE]</c>.</summary>
    public IReadOnlyList<JsonNode> Chunks
    {
        get
        {
            string[] events = [.. Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(item => item[0] != ':')];
            Assert.All(events, item => Assert.StartsWith("data: ", item, StringComparison.Ordinal));
            Assert.Equal("data: [DONE]", events[^1]);
            return [.. events[..^1].Select(item => JsonNode.Parse(item[6..])!)];
        }
    }
}
