using System.Net;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Pulls from a hub that misbehaves: they end well, or with a message, and never with a wrong model.</summary>
public sealed class BadHubTests : IDisposable
{
    const int Size = 450_000; // 5 chunks

    readonly TemporaryFolder _folder = new();
    readonly LocalModels _models;

    public BadHubTests() => _models = new LocalModels(_folder.Path("models"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Server_that_ignores_ranges_sends_the_file_once()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = async (context, _, content) =>
        {
            await context.Response.Body.WriteAsync(content);
            return true;
        };
        await MustPullAsync(hub);
        Assert.Single(hub.Requests);
    }

    [Fact]
    public async Task Server_that_forgets_ranges_midway_is_asked_anew()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = async (context, number, content) =>
        {
            if (number == 0)
            {
                return false;
            }

            await context.Response.Body.WriteAsync(content, context.RequestAborted);
            return true;
        };
        await MustPullAsync(hub);
    }

    [Fact]
    public async Task Change_midway_begins_anew()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = (_, number, _) =>
        {
            hub.ETag = number < 2 ? "\"v1\"" : "\"v2\"";
            return Task.FromResult(false);
        };
        await MustPullAsync(hub);
        Assert.Equal(2, hub.Requests.Count(request => request.From == 0));
    }

    [Fact]
    public Task Change_without_end_is_given_up() => MustFailAsync("changed while it was fetched", (hub, _, number, _) =>
    {
        hub.ETag = $"\"v{number}\"";
        return Task.FromResult(false);
    });

    [Fact]
    public Task Range_with_more_bytes_is_refused() => MustFailAsync("expected no more than the bytes up to", async (hub, context, _, content) =>
    {
        hub.BeginRange(context, content);
        (int from, int count) = StubHub.Asked(context, content);
        await context.Response.Body.WriteAsync(content.AsMemory(from, count));
        await context.Response.Body.WriteAsync(new byte[10]);
        return true;
    });

    [Fact]
    public Task Whole_with_more_bytes_is_refused() => MustFailAsync("expected no more than the bytes up to 450000", async (_, context, _, content) =>
    {
        await context.Response.Body.WriteAsync(content);
        await context.Response.Body.FlushAsync();
        await context.Response.Body.WriteAsync(new byte[10]);
        return true;
    });

    [Theory]
    [InlineData(Size + 1)]
    [InlineData(Size - 1)]
    public Task Whole_of_another_length_is_refused(int length) => MustFailAsync($"expected 450000 bytes, found {length}", async (_, context, _, _) =>
    {
        context.Response.ContentLength = length;
        await context.Response.Body.WriteAsync(new byte[length], context.RequestAborted);
        return true;
    });

    [Fact]
    public async Task Range_with_fewer_bytes_is_gone_on_with()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = async (context, _, content) =>
        {
            hub.BeginRange(context, content);
            (int from, int count) = StubHub.Asked(context, content);
            await context.Response.Body.WriteAsync(content.AsMemory(from, (count + 1) / 2));
            return true;
        };
        await MustPullAsync(hub);
    }

    [Fact]
    public Task Range_without_bytes_is_given_up() => MustFailAsync("sends an empty answer for o/n: m.gguf (tried 4 times", (hub, context, _, content) =>
    {
        hub.BeginRange(context, content);
        return Task.FromResult(true);
    });

    [Fact]
    public async Task Connection_that_breaks_is_gone_on_with()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = async (context, number, content) =>
        {
            if (number % 2 == 1)
            {
                return false;
            }

            hub.BeginRange(context, content);
            (int from, int count) = StubHub.Asked(context, content);
            context.Response.ContentLength = count;
            await context.Response.Body.WriteAsync(content.AsMemory(from, count / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        await MustPullAsync(hub);
    }

    [Fact]
    public Task Other_range_than_asked_is_refused() => MustFailAsync("expected bytes 0-99999 of 450000, found bytes 1-100000/450000", async (_, context, _, content) =>
    {
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = "bytes 1-100000/450000";
        await context.Response.Body.WriteAsync(content.AsMemory(1, 100_000), context.RequestAborted);
        return true;
    });

    [Fact]
    public Task Range_of_a_file_of_another_size_is_refused() => MustFailAsync("expected bytes 0-99999 of 450000, found bytes 0-99999/450001", async (_, context, _, content) =>
    {
        context.Response.StatusCode = 206;
        context.Response.Headers.ContentRange = "bytes 0-99999/450001";
        await context.Response.Body.WriteAsync(content.AsMemory(0, 100_000), context.RequestAborted);
        return true;
    });

    [Fact]
    public Task Partial_answer_without_its_range_is_refused() => MustFailAsync("found no Content-Range", async (_, context, _, content) =>
    {
        context.Response.StatusCode = 206;
        await context.Response.Body.WriteAsync(content.AsMemory(0, 100_000), context.RequestAborted);
        return true;
    });

    [Fact]
    public async Task Wrong_content_is_refused_and_leaves_nothing()
    {
        await MustFailAsync("expected content of sha256", async (hub, context, _, content) =>
        {
            byte[] other = [.. content];
            other[300_000] ^= 1;
            await hub.ServeAsync(context, other);
            return true;
        });
        Assert.Empty(Directory.GetFiles(_folder.Path("models/blobs")));
    }

    [Fact]
    public async Task Wrong_small_file_is_refused_by_git_s_name()
    {
        await using StubHub hub = await StartAsync();
        hub.Files["config.json"] = "{}"u8.ToArray();
        hub.Add("model.safetensors", 10);
        hub.Misbehave = async (context, _, content) =>
        {
            await context.Response.WriteAsync(content.Length == 2 ? "[]" : "");
            return true;
        };
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub));
        Assert.Contains("config.json: expected content of git oid 9e26dfeeb6e641a33dae4961196235bdb965b21b", failure.Message, StringComparison.Ordinal);
    }

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

    [Fact]
    public async Task Stall_amid_the_body_is_gone_on_with()
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = async (context, number, content) =>
        {
            if (number != 1)
            {
                return false;
            }

            hub.BeginRange(context, content);
            await context.Response.Body.WriteAsync(content.AsMemory(StubHub.Asked(context, content).From, 1000));
            await context.Response.Body.FlushAsync();
            await UntilLeftAsync(context);
            return true;
        };
        await MustPullAsync(hub, PullTests.Fast(hub) with { StallTimeout = TimeSpan.FromSeconds(0.3) });
    }

    [Fact]
    public Task Server_that_never_answers_is_given_up() => MustFailAsync(
        "does not answer for 0.2 s (tried 2 times",
        async (_, context, _, _) =>
        {
            await UntilLeftAsync(context);
            return true;
        },
        options => options with { StallTimeout = TimeSpan.FromSeconds(0.2), Attempts = 2 });

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
        Assert.False(Directory.Exists(_folder.Path("models/manifests")));
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

    [Theory]
    [InlineData("http://hub.test/x", "expected a redirect to https, found one from https://hub.test to http://hub.test")]
    [InlineData("http://other.test/x", "expected a redirect to https, found one from https://hub.test to http://other.test")]
    [InlineData("file:///etc/passwd", "expected a redirect to https")]
    [InlineData("https://hub.test/loop", "more than 10 redirects")]
    [InlineData(null, "redirects to nowhere")]
    public async Task Bad_redirects_are_refused(string? to, string message)
    {
        PullOptions options = new() { Endpoint = new Uri("https://hub.test"), Token = "secret" };
        ModelPull pull = new(_models, options, () => new Redirector(to));
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => pull.RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_disk_is_named_and_what_is_there_stays()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        await using StubHub hub = await StartAsync();
        Manifest before = await PullAsync(hub);
        byte[] old = File.ReadAllBytes(_models.PathOf(before));
        byte[] next = hub.Add("m.gguf", Size, 2);
        string digest = Digest.Of(next).Hex;
        File.CreateSymbolicLink(_folder.Path($"models/blobs/sha256-{digest}.partial"), "/dev/full");
        Assert.Contains("the disk is full", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub))).Message, StringComparison.Ordinal);
        Assert.Equal(old, File.ReadAllBytes(_models.PathOf(_models.List().Single())));
    }

    [Fact]
    public async Task Disk_that_fills_amid_the_last_chunk_costs_that_chunk()
    {
        string disk = _folder.Path("models");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk), "needs the right to mount a small disk");
        try
        {
            await using StubHub hub = await StartAsync();
            string filler = Path.Combine(disk, "filler");
            hub.Misbehave = (_, number, _) =>
            {
                if (number == 4)
                {
                    Fill(filler);
                }

                return Task.FromResult(false);
            };
            PullOptions options = PullTests.Fast(hub) with { Connections = 1 };
            Assert.Contains("the disk is full at", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, options))).Message, StringComparison.Ordinal);
            Assert.Empty(_models.List());
            File.Delete(filler);
            hub.Requests.Clear();
            await MustPullAsync(hub, options);
            Assert.Equal(400_000, Assert.Single(hub.Requests).From);
        }
        finally
        {
            Shell("umount", "-l", disk);
        }

        static void Fill(string path)
        {
            try
            {
                File.WriteAllBytes(path, new byte[1_000_000]);
            }
            catch (IOException)
            {
                // Full.
            }
        }

        static bool Shell(string program, params string[] args)
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    [Fact]
    public async Task Model_that_does_not_fit_is_not_begun()
    {
        await using StubHub hub = await StartAsync();
        hub.Listing = """[{"type":"file","path":"m.gguf","size":1,"oid":"x","lfs":{"size":70000000000000,"oid":"0000000000000000000000000000000000000000000000000000000000000000"}}]""";
        Assert.Contains("needs 70000000000000 bytes more", (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, PullTests.Fast(hub) with { ChunkBytes = 1 << 30 }))).Message, StringComparison.Ordinal);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task Failed_pull_changes_nothing_that_is_there()
    {
        await using StubHub hub = await StartAsync();
        Manifest before = await PullAsync(hub);
        string[] names = Names();
        hub.Add("m.gguf", Size, 2);
        hub.Misbehave = (context, _, _) =>
        {
            context.Response.StatusCode = 403;
            return Task.FromResult(true);
        };
        await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub));
        Assert.Equal(before.ToJson(), _models.List().Single().ToJson());
        Assert.Empty(names.Except(Names()));

        string[] Names() => Directory.GetFileSystemEntries(_folder.Path("models"), "*", SearchOption.AllDirectories);
    }

    // Kestrel ends a request whose connection is gone.
    static async Task UntilLeftAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client gave up, as it should.
        }
    }

    static async Task<StubHub> StartAsync()
    {
        StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        return hub;
    }

    async Task MustPullAsync(StubHub hub, PullOptions? options = null)
    {
        Manifest manifest = await PullAsync(hub, options);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.Single(Directory.GetFiles(_folder.Path("models/blobs")));
    }

    async Task MustFailAsync(string message, Func<StubHub, HttpContext, int, byte[], Task<bool>> misbehave, Func<PullOptions, PullOptions>? change = null)
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = (context, number, content) => misbehave(hub, context, number, content);
        PullOptions options = PullTests.Fast(hub);
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, change?.Invoke(options) ?? options));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Empty(_models.List());
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path("models/blobs")), blob => Digest.TryParse(Path.GetFileName(blob).Replace("sha256-", "", StringComparison.Ordinal), out _));
    }

    Task<Manifest> PullAsync(StubHub hub, PullOptions? options = null) =>
        new ModelPull(_models, options ?? PullTests.Fast(hub)).RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken);

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
