using Microsoft.AspNetCore.Http;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Tests that pull from a hub that misbehaves.</summary>
public abstract class BadHub : IDisposable
{
    /// <summary>Bytes of the one file.</summary>
    protected const int Size = 450_000; // 5 chunks

    private protected TemporaryFolder Folder { get; } = new();

    private protected LocalModels Models { get; }

    protected BadHub() => Models = new LocalModels(Folder.Path("models"));

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A hub with one file of five chunks.</summary>
    private protected static async Task<StubHub> StartAsync()
    {
        StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", Size);
        return hub;
    }

    /// <summary>Pulls, and holds what came against what the hub has.</summary>
    private protected async Task MustPullAsync(StubHub hub, PullOptions? options = null)
    {
        Manifest manifest = await PullAsync(hub, options);
        Assert.Equal(hub.Files["m.gguf"], File.ReadAllBytes(Models.PathOf(manifest)));
        Assert.Single(Directory.GetFiles(Folder.Path("models/blobs")));
    }

    /// <summary>Pulls from a hub that misbehaves, to an end with a message and without a model.</summary>
    private protected async Task MustFailAsync(string message, Func<StubHub, HttpContext, int, byte[], Task<bool>> misbehave, Func<PullOptions, PullOptions>? change = null)
    {
        await using StubHub hub = await StartAsync();
        hub.Misbehave = (context, number, content) => misbehave(hub, context, number, content);
        PullOptions options = PullTests.Fast(hub);
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, change?.Invoke(options) ?? options));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Empty(Models.List());
        Assert.DoesNotContain(Directory.GetFiles(Folder.Path("models/blobs")), blob => Digest.TryParse(Path.GetFileName(blob).Replace("sha256-", "", StringComparison.Ordinal), out _));
    }

    /// <summary>Pulls.</summary>
    private protected Task<Manifest> PullAsync(StubHub hub, PullOptions? options = null) =>
        new ModelPull(Models, options ?? PullTests.Fast(hub)).RunAsync(ModelName.Parse("o/n"), null, TestContext.Current.CancellationToken);
}
