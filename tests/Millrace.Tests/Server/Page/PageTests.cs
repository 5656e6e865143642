using System.Text.Json.Nodes;
using Millrace.Tests.Server.Clients;

namespace Millrace.Tests.Server.Page;

/// <summary>The page at <c>/</c>, in a real browser and by its bytes.</summary>
public sealed class PageTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_person_can_chat_stop_regenerate_and_see_what_it_took()
    {
        JsonNode seen = await NodeScript.RunAsync("page", ["playwright-core", "axe-core"], server.Address, Browser(), NodeScript.Package("axe-core/axe.min.js"));
        Assert.DoesNotContain(seen["errors"]!.AsArray(), error => !((string)error!).Contains("status of 400", StringComparison.Ordinal)); // the one refusal that is asked for
        Assert.Equal("[]", seen["foreign"]!.ToJsonString());
        Assert.Equal((TestServer.Model, "text", "Once upon"), ((string)seen["model"]!, (string)seen["focus"]!, (string)seen["asked"]!));
        Assert.StartsWith("a time there was a small mill", (string)seen["answer"]!, StringComparison.Ordinal);
        Assert.Matches(@"[\d.,]+ tokens/s[\s\S]*first token [\d.,]+ ms[\s\S]*8 \+ \d+ tokens", (string)seen["foot"]!);
        Assert.Matches(@"tokens: prompt\s+8[\s\S]*weight\s+[\d.]+ [kMG]B[\s\S]*price", (string)seen["receipt"]!);
        Assert.True((bool)seen["settingsClosed"]!);
        Assert.Equal("a time there", (string)seen["short"]!);
        Assert.Equal("""["Once upon","a time there","3"]""", seen["kept"]!.ToJsonString());
        Assert.Contains("stopped", (string)seen["stopped"]!, StringComparison.Ordinal);
        Assert.Equal(
            "<h2>Head</h2><p><strong>bold</strong> &lt;img src=x onerror=alert(1)&gt; [x](javascript:alert(1)) <code>a&lt;b</code></p><pre><code>&lt;script&gt;</code></pre>"
            + "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><ul><li><p>one</p><ul><li>two</li></ul></li></ul>",
            (string)seen["markdown"]!);
        Assert.Contains("context", (string)seen["refusal"]!, StringComparison.Ordinal);
        Assert.Equal(13, seen["tiles"]!.AsArray().Count);
        Assert.Contains(seen["tiles"]!.AsArray(), tile => ((string)tile!).EndsWith("tokens per joule, estimated", StringComparison.Ordinal));
        Assert.Contains(TestServer.Model, (string)seen["table"]!, StringComparison.Ordinal);
        Assert.True((bool)seen["ink"]!);
        Assert.NotEqual((string)seen["light"]!, (string)seen["dark"]!);
        foreach (string view in (string[])["chatViolations", "dashboardViolations", "darkViolations"])
        {
            Assert.Equal("[]", seen[view]!.ToJsonString());
        }
    }

    [Theory]
    [InlineData("", "text/html; charset=utf-8")]
    [InlineData("page.css", "text/css; charset=utf-8")]
    [InlineData("page.js", "text/javascript; charset=utf-8")]
    [InlineData("icon.svg", "image/svg+xml")]
    public async Task Files_may_load_nothing_from_elsewhere_and_are_not_sent_twice(string path, string type)
    {
        using HttpRequestMessage first = new(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
        TestReply reply = await server.SendAsync(first);
        Assert.Equal((200, type), ((int)reply.Status, reply.Headers["Content-Type"]));
        Assert.StartsWith("default-src 'none'; script-src 'self'", reply.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal("nosniff", reply.Headers["X-Content-Type-Options"]);
        using HttpRequestMessage again = new(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" }, { "If-None-Match", reply.Headers["ETag"] } } };
        Assert.Equal(304, (int)(await server.SendAsync(again)).Status);
    }

    [Fact]
    public async Task Programs_are_told_what_ollama_s_clients_look_for() => Assert.Equal("Ollama is running", (await server.GetAsync("")).Text);

    static string Browser()
    {
        string? path = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, "chromium is not installed: .ci/run installs it");
        return path!;
    }
}
