using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Millrace.Tests.Server.Store;

/// <summary>A file request as the hub saw it.</summary>
sealed record HubRequest(string Path, long? From, long? To, string Authorization);

/// <summary>A hub with Hugging Face's addresses on a loopback port of its own, which behaves until a test makes it misbehave.</summary>
sealed class StubHub : IAsyncDisposable
{
    readonly WebApplication _app;
    int _asked;

    StubHub(WebApplication app) => _app = app;

    /// <summary>Its address.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The files of its one repository, o/n.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>The list of files as json, where a test wants another than the true one.</summary>
    public string? Listing { get; set; }

    /// <summary>The status of the list of files.</summary>
    public int ListingStatus { get; set; } = 200;

    /// <summary>The tag of every file.</summary>
    public string ETag { get; set; } = "\"v1\"";

    /// <summary>Answers a file request in place of the hub, by its number from 0; says whether it did.</summary>
    public Func<HttpContext, int, byte[], Task<bool>> Misbehave { get; set; } = static (_, _, _) => Task.FromResult(false);

    /// <summary>The file requests.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = [];

    /// <summary>Starts one.</summary>
    public static async Task<StubHub> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        StubHub hub = new(builder.Build());
        hub._app.MapGet("/api/models/o/n/tree/main", (Func<HttpContext, Task>)hub.OnListAsync);
        hub._app.MapGet("/o/n/resolve/main/{**path}", hub.OnFileAsync);
        await hub._app.StartAsync();
        hub.Url = new Uri(hub._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return hub;
    }

    /// <summary>Adds a file of random bytes.</summary>
    public byte[] Add(string path, int size, int seed = 1)
    {
        byte[] content = new byte[size];
        new Random(seed).NextBytes(content);
        return Files[path] = content;
    }

    /// <summary>Sends the part that was asked for, as a good server does.</summary>
    public Task ServeAsync(HttpContext context, byte[] content) =>
        Results.Bytes(content, "application/octet-stream", enableRangeProcessing: true, entityTag: ETag.Length == 0 ? null : EntityTagHeaderValue.Parse(ETag)).ExecuteAsync(context);

    /// <summary>The bytes a request asks for.</summary>
    public static (int From, int Count) Asked(HttpContext context, byte[] content)
    {
        RangeItemHeaderValue? range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        int from = (int)(range?.From ?? 0);
        return (from, (int)(range?.To ?? content.Length - 1) - from + 1);
    }

    /// <summary>Begins to answer a range truly: what follows is the test's.</summary>
    public void BeginRange(HttpContext context, byte[] content)
    {
        (int from, int count) = Asked(context, content);
        context.Response.StatusCode = 206;
        context.Response.Headers.ETag = ETag;
        context.Response.Headers.ContentRange = $"bytes {from}-{from + count - 1}/{content.Length}";
    }

    /// <summary>The entry of a file in a list.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "git's names are SHA-1")]
    public static string Entry(string path, byte[] content, bool large = true)
    {
        string oid = Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
        string lfs = large ? $$""","lfs":{"oid":"{{Convert.ToHexStringLower(SHA256.HashData(content))}}","size":{{content.Length}},"pointerSize":134}""" : "";
        return $$"""{"type":"file","oid":"{{oid}}","size":{{content.Length}},"path":"{{path}}"{{lfs}}}""";
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    async Task OnListAsync(HttpContext context)
    {
        string listing = Listing ?? $$"""[{"type":"directory","oid":"x","size":0,"path":"d"},{{string.Join(',', Files.Select(file => Entry(file.Key, file.Value, !file.Key.EndsWith(".json", StringComparison.Ordinal))))}}]""";
        context.Response.StatusCode = ListingStatus;
        await context.Response.WriteAsync(listing);
    }

    async Task OnFileAsync(HttpContext context)
    {
        string path = (string)context.Request.RouteValues["path"]!;
        RangeItemHeaderValue? range = context.Request.GetTypedHeaders().Range?.Ranges.Single();
        Requests.Enqueue(new HubRequest(path, range?.From, range?.To, context.Request.Headers.Authorization.ToString()));
        byte[] content = Files[path];
        if (!await Misbehave(context, Interlocked.Increment(ref _asked) - 1, content))
        {
            await ServeAsync(context, content);
        }
    }
}
