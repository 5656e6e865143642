using Microsoft.AspNetCore.Http;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Hubs that send other bytes than they should: pulls end well, or with a message, and never with a wrong model.</summary>
public sealed class BadHubTests : BadHub
{
    [Fact, Trait("Probe", "94")]
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

    [Fact, Trait("Probe", "94")]
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

    [Theory, Trait("Probe", "94")]
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

    [Fact, Trait("Probe", "94")]
    public async Task Wrong_content_is_refused_and_leaves_nothing()
    {
        await MustFailAsync("expected content of sha256", async (hub, context, _, content) =>
        {
            byte[] other = [.. content];
            other[300_000] ^= 1;
            await hub.ServeAsync(context, other);
            return true;
        });
        Assert.Empty(Directory.GetFiles(Folder.Path("models/blobs")));
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
        Assert.Equal(before.ToJson(), Models.List().Single().ToJson());
        Assert.Empty(names.Except(Names()));

        string[] Names() => Directory.GetFileSystemEntries(Folder.Path("models"), "*", SearchOption.AllDirectories);
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
}
