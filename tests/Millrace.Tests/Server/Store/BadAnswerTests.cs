using System.Net;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Hubs that refuse, list nonsense or send elsewhere, and disks that are full.</summary>
public sealed class BadAnswerTests : BadHub
{
    [Theory]
    [InlineData(429, "1")]
    [InlineData(503, "1")]
    [InlineData(500, null)]
    [InlineData(408, null)]
    public async Task Busy_server_is_asked_again_when_it_says(int status, string? retryAfter)
    {
        await using StubHub hub = await StartAsync();
        long refused = 0, next = 0;
        hub.Misbehave = (context, number, _) =>
        {
            if (number == 1)
            {
                Interlocked.CompareExchange(ref next, Environment.TickCount64, 0);
            }

            context.Response.StatusCode = number == 0 ? status : 200;
            context.Response.Headers.RetryAfter = number == 0 ? retryAfter : null;
            refused = number == 0 ? Environment.TickCount64 : refused;
            return Task.FromResult(number == 0);
        };
        await MustPullAsync(hub);
        Assert.InRange(next - refused, retryAfter is null ? 0 : 950, 20_000);
    }

    [Fact]
    public Task Server_that_asks_for_an_hour_is_given_up() => MustFailAsync("answers 503 for o/n: m.gguf, and asks to wait 3600 s", (_, context, _, _) =>
    {
        context.Response.StatusCode = 503;
        context.Response.Headers.RetryAfter = "3600";
        return Task.FromResult(true);
    });

    [Fact]
    public Task Server_that_stays_busy_is_given_up() => MustFailAsync("answers 502 for o/n: m.gguf (tried 4 times", (_, context, _, _) =>
    {
        context.Response.StatusCode = 502;
        return Task.FromResult(true);
    });

    [Theory]
    [InlineData(401, "needs a token (HF_TOKEN)")]
    [InlineData(403, "needs a token (HF_TOKEN)")]
    [InlineData(404, "has no such thing (404)")]
    [InlineData(416, "answers 416")]
    [InlineData(200, "expected a list of files, found something else", "<html>")]
    [InlineData(200, "expected a list of files, found something else", "{}")]
    [InlineData(200, "expected a list of files, found something else", """[{"type":"file"}]""")]
    [InlineData(200, "expected the path of a file, found '../m.gguf'", """[{"type":"file","path":"../m.gguf","size":1,"oid":""}]""")]
    [InlineData(200, "expected the path of a file, found '/m.gguf'", """[{"type":"file","path":"/m.gguf","size":1,"oid":""}]""")]
    [InlineData(200, "expected the path of a file, found 'a?b'", """[{"type":"file","path":"a\u0000b","size":1,"oid":""}]""")]
    [InlineData(200, "expected the path of a file, found 'a\\b'", """[{"type":"file","path":"a\\b","size":1,"oid":""}]""")]
    [InlineData(200, "m.gguf: expected a size of at most", """[{"type":"file","path":"m.gguf","size":-1,"oid":""}]""")]
    [InlineData(200, "m.gguf: expected an oid of 40", """[{"type":"file","path":"m.gguf","size":1,"oid":"9E26DFEEB6E641A33DAE4961196235BDB965B21B"}]""")]
    [InlineData(200, "m.gguf: expected a sha256 of 64", """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":1,"oid":"000000000000000000000000000000000000000000000000000000000000000"}}]""")]
    [InlineData(200, "m.gguf: expected a sha256 of 64", """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":1,"oid":"00000000000000000000000000000000000000000000000000000000000000000"}}]""")]
    [InlineData(200, "m.gguf: expected a sha256 of 64", """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":1,"oid":"000000000000000000000000000000000000000000000000000000000000000A"}}]""")]
    [InlineData(200, "m.gguf: expected a sha256 of 64", """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":1,"oid":"../../../../../../../../../../../../../../../../../../../etc/passwd"}}]""")]
    public async Task Bad_lists_are_refused(int status, string message, string? listing = null)
    {
        await using StubHub hub = await StartAsync();
        hub.ListingStatus = status;
        hub.Listing = listing;
        Assert.Contains(message, (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Folder.Path("models/manifests")));
    }

    [Fact]
    public async Task Token_goes_to_the_hub_and_no_further()
    {
        await using StubHub hub = await StartAsync();
        await using StubHub elsewhere = await StartAsync();
        hub.Misbehave = (context, _, _) =>
        {
            context.Response.Redirect(new Uri(elsewhere.Url, context.Request.Path).AbsoluteUri);
            return Task.FromResult(true);
        };
        await MustPullAsync(hub, PullTests.Fast(hub) with { Token = "secret" });
        Assert.All(hub.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Equal(5, elsewhere.Requests.Count);
        Assert.All(elsewhere.Requests, request => Assert.Equal("", request.Authorization));
    }

    [Theory, Trait("Probe", "94")]
    [InlineData("http://hub.test/x", "expected a redirect to https, found one from https://hub.test to http://hub.test")]
    [InlineData("http://other.test/x", "expected a redirect to https, found one from https://hub.test to http://other.test")]
    [InlineData("file:///etc/passwd", "expected a redirect to https")]
    [InlineData("https://hub.test/loop", "more than 10 redirects")]
    [InlineData(null, "redirects to nowhere")]
    public async Task Bad_redirects_are_refused(string? to, string message)
    {
        PullOptions options = new() { Endpoint = new Uri("https://hub.test"), Token = "secret" };
        ModelPull pull = new(Models, options, () => new Redirector(to));
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => pull.RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_disk_is_named_and_what_is_there_stays()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        await using StubHub hub = await StartAsync();
        Manifest before = await PullAsync(hub);
        byte[] old = File.ReadAllBytes(Models.PathOf(before));
        byte[] next = hub.Add("m.gguf", Size, 2);
        string digest = Digest.Of(next).Hex;
        File.CreateSymbolicLink(Folder.Path($"models/blobs/sha256-{digest}.partial"), "/dev/full");
        Assert.Contains("the disk is full", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub))).Message, StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllBytes(Models.PathOf(Models.List().Single())));
    }

    [Fact, Trait("Probe", "94")]
    public async Task Disk_that_fills_amid_the_last_chunk_costs_that_chunk()
    {
        using SmallDisk disk = new(Folder.Path("models"), "600k");
        await using StubHub hub = await StartAsync();
        hub.Misbehave = (_, number, _) =>
        {
            if (number == 4)
            {
                disk.Fill();
            }

            return Task.FromResult(false);
        };
        PullOptions options = PullTests.Fast(hub) with { Connections = 1 };
        Assert.Contains("the disk is full at", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, options))).Message, StringComparison.Ordinal);
        Assert.Empty(Models.List());
        disk.Free();
        hub.Requests.Clear();
        await MustPullAsync(hub, options);
        Assert.Equal(400_000, Assert.Single(hub.Requests).From);
    }

    [Fact]
    public async Task Model_that_does_not_fit_is_not_begun()
    {
        await using StubHub hub = await StartAsync();
        hub.Listing = """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":70000000000000,"oid":"0000000000000000000000000000000000000000000000000000000000000000"}}]""";
        Assert.Contains("needs 70000000000000 bytes more", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, PullTests.Fast(hub) with { ChunkBytes = 1 << 30 }))).Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    sealed class Redirector(string? to) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = new(HttpStatusCode.Found) { RequestMessage = request };
            response.Headers.Location = to is null ? null : new Uri(to);
            return Task.FromResult(response);
        }
    }
}
