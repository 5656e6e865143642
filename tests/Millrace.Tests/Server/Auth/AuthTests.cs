using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Millrace.Scheduling;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;
using Millrace.Server.Models;
using Millrace.Tests.Server.Inference;

namespace Millrace.Tests.Server.Auth;

/// <summary>A server with keys: who comes in, and who does not.</summary>
public sealed class AuthTests : IAsyncLifetime
{
    readonly FakeTimeProvider _clock = new();
    readonly TestServer _server;
    string _key = "", _admin = "";

    public AuthTests() => _server = new() { Configure = options => options with { AllowedOrigins = ["https://app.example"], TimeProvider = _clock } };

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        KeyStore keys = _server.Services.GetRequiredService<KeyStore>();
        _key = keys.Add("alice", "alice", KeyScopes.Inference, ServiceClass.Standard, KeyLimits.None).Text;
        _admin = keys.Add("root", "root", KeyScopes.Inference | KeyScopes.Admin, ServiceClass.Standard, KeyLimits.None).Text;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact, Trait("Probe", "73")]
    public async Task Every_route_but_health_needs_a_key()
    {
        RouteEndpoint[] routes = [.. _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];
        Assert.True(routes.Length > 20);
        int open = 0;
        foreach (RouteEndpoint route in routes)
        {
            string path = "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content : "x"))));
            foreach (string method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                TestReply reply = await _server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
                bool isOpen = KeyGuard.OpenPaths.Contains(path);
                open += isOpen ? 1 : 0;
                Assert.True(isOpen == (reply.Status != HttpStatusCode.Unauthorized), $"{method} {path} answered {reply.Status}");
            }
        }

        Assert.Equal(3, KeyGuard.OpenPaths.Count);
        Assert.Equal(3, open);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.GetAsync("/nowhere")).Status);
    }

    public static TheoryData<string, string[]> Keys => new()
    {
        { "Authorization", [""] },
        { "Authorization", ["Bearer"] },
        { "Authorization", ["Bearer "] },
        { "Authorization", ["Bearer wrong"] },
        { "Authorization", ["Digest KEY"] },
        { "Authorization", ["Bearer KEY", "Bearer KEY"] },
        { "Authorization", ["Bearer KEY", "Bearer wrong"] },
        { "Authorization", ["Basic KEY"] },
        { "x-api-key", [""] },
        { "x-api-key", ["KEYx"] },
        { "x-api-key", ["KEY", "KEY"] },
        { "api-key", ["mr-00000000-0000000000000000000000000000000000000000000"] },
    };

    [Theory, Trait("Probe", "71")]
    [MemberData(nameof(Keys))]
    public async Task What_is_no_key_is_401(string header, string[] values)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models");
        foreach (string value in values)
        {
            request.Headers.TryAddWithoutValidation(header, value.Replace("KEY", _key, StringComparison.Ordinal));
        }

        TestReply reply = await _server.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.Equal("invalid_api_key", (string?)reply.Json["error"]!["code"]);
        Assert.DoesNotContain(_key, reply.Text, StringComparison.Ordinal);
        Assert.Equal("Bearer", reply.Headers["WWW-Authenticate"]);
    }

    [Theory, Trait("Probe", "71")]
    [InlineData(300)]
    [InlineData(20_000)]
    [InlineData(1_000_000)]
    public async Task A_key_of_any_length_is_refused(int length)
    {
        using RawConnection connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync($"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {new string('a', length)}\r\n\r\n");
        string answer = await connection.ReadAllAsync();
        Assert.Contains(length > 32 * 1024 ? " 431 " : " 401 ", answer.Split('\n')[0], StringComparison.Ordinal);
    }

    [Theory, Trait("Probe", "71")]
    [InlineData("key")]
    [InlineData("api_key")]
    [InlineData("access_token")]
    public async Task A_key_in_the_address_opens_nothing(string name) =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _server.GetAsync($"/v1/models?{name}={_key}")).Status);

    [Theory]
    [InlineData("Authorization", "Bearer KEY")]
    [InlineData("Authorization", "bearer KEY")]
    [InlineData("x-api-key", "KEY")]
    [InlineData("api-key", "KEY")]
    public async Task A_key_opens_in_each_of_the_usual_headers(string header, string value) =>
        Assert.Equal(HttpStatusCode.OK, (await Get("/v1/models", (header, value.Replace("KEY", _key, StringComparison.Ordinal)))).Status);

    [Fact]
    public async Task A_browser_asks_its_user_for_the_key_as_a_password()
    {
        TestReply reply = await Get("/", ("Accept", "text/html"));
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.StartsWith("Basic ", reply.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{_key}"));
        Assert.Equal(HttpStatusCode.OK, (await Get("/", ("Accept", "text/html"), ("Authorization", $"Basic {basic}"))).Status);
    }

    [Fact]
    public async Task Ollama_s_paths_answer_in_their_own_shape()
    {
        TestReply reply = await _server.GetAsync("/api/tags");
        Assert.Equal(HttpStatusCode.Unauthorized, reply.Status);
        Assert.StartsWith("An API key is needed", (string?)reply.Json["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_a_key_lacks_is_403()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(HttpMethod.Delete, "/v1/requests/00000000000000000000000000000000", _key)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Delete, "/v1/requests/00000000000000000000000000000000", _admin)).Status);
    }

    [Fact, Trait("Probe", "71")]
    public async Task Revoked_on_the_way_a_stream_ends_within_a_second_with_an_error()
    {
        FakeDevice device = new(5000);
        device.BeforeStep = static (_, _) => Thread.Sleep(5); // 19,000 tokens take longer than anything here
        _server.Services.GetRequiredService<ModelRegistry>().LoadEngine = (_, _, _) => device.Start(context: 20_000, blocks: 5000, tokenizer: PipelineBench.Tokenizer);
        KeyStore keys = _server.Services.GetRequiredService<KeyStore>();
        string text = keys.Add("carol", "carol", KeyScopes.Inference, ServiceClass.Standard, KeyLimits.None).Text;
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/completions")
        {
            Content = new StringContent("""{"model":"story","prompt":[5,6,7],"max_tokens":19000,"ignore_eos":true,"stream":true}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", text);
        using HttpResponseMessage response = await _server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        keys.Revoke("carol");
        _clock.Advance(TimeSpan.FromSeconds(1));
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("was revoked", body, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Get("/v1/models", ("x-api-key", text))).Status);
    }

    [Fact, Trait("Probe", "75")]
    public async Task A_flood_of_wrong_keys_is_throttled_and_right_ones_pass()
    {
        int unauthorized = 0, throttled = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (i, _) =>
        {
            TestReply reply = await Get("/v1/models", ("x-api-key", i % 50 == 0 ? _key : $"mr-wrong{i}"));
            if (i % 50 == 0)
            {
                Assert.Equal(HttpStatusCode.OK, reply.Status);
                return;
            }

            Interlocked.Increment(ref reply.Status == HttpStatusCode.Unauthorized ? ref unauthorized : ref throttled);
            Assert.True(reply.Status == HttpStatusCode.Unauthorized || (reply.Status == HttpStatusCode.TooManyRequests && int.Parse(reply.Headers["Retry-After"], null) >= 1));
        });
        Assert.Equal((WrongKeys.Burst, 2000 - 40 - WrongKeys.Burst), (unauthorized, throttled)); // the clock stands: none is forgiven
    }

    [Theory, Trait("Probe", "72")]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("localhost:1234", HttpStatusCode.OK)]
    [InlineData("[::1]:8080", HttpStatusCode.OK)]
    public async Task A_host_name_that_is_not_this_machine_s_is_refused(string host, HttpStatusCode expected)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/health");
        request.Headers.Host = host;
        Assert.Equal(expected, (await _server.SendAsync(request)).Status);
    }

    [Theory, Trait("Probe", "72")]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("https://app.example", HttpStatusCode.OK)]
    public async Task A_page_of_another_origin_is_refused_unless_it_is_allowed(string origin, HttpStatusCode expected)
    {
        Assert.Equal(expected, (await Get("/v1/models", ("x-api-key", _key), ("Origin", origin))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Get("/v1/models", ("x-api-key", _key), ("Origin", _server.Address.GetLeftPart(UriPartial.Authority)))).Status);

        using HttpRequestMessage preflight = new(HttpMethod.Options, "/v1/chat/completions");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        TestReply reply = await _server.SendAsync(preflight);
        Assert.Equal(expected == HttpStatusCode.OK ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, reply.Status);
        Assert.Equal(expected == HttpStatusCode.OK, reply.Headers.ContainsKey("Access-Control-Allow-Origin"));
    }

    Task<TestReply> Send(HttpMethod method, string path, string key)
    {
        HttpRequestMessage request = new(method, path);
        request.Headers.Add("x-api-key", key);
        return _server.SendAsync(request);
    }

    Task<TestReply> Get(string path, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Get, path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _server.SendAsync(request);
    }
}
