using Millrace.Formats;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Models;

/// <summary>Files that are broken, or break while their model is served.</summary>
public sealed class BrokenModelTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, Trait("Probe", "97")]
    [InlineData("empty", "0 bytes")]
    [InlineData("cut", "expected")]
    [InlineData("text", "expected")]
    [InlineData("gone", "its file is gone")]
    public async Task Broken_file_is_refused_with_its_reason_and_the_server_goes_on(string how, string reason)
    {
        await using ModelFolder models = new("a", "b");
        byte[] whole = await File.ReadAllBytesAsync(models.PathOf("a"), Token);
        ModelRegistry registry = models.Registry(options => options with { Models = [new(options.FolderSettings) { Name = "named", Path = models.PathOf("a") }] });
        switch (how)
        {
            case "empty": await File.WriteAllBytesAsync(models.PathOf("a"), [], Token); break;
            case "cut": await File.WriteAllBytesAsync(models.PathOf("a"), whole[..^1000], Token); break;
            case "text": await File.WriteAllTextAsync(models.PathOf("a"), "a text that is no model", Token); break;
            default: File.Delete(models.PathOf("a")); break;
        }

        InferenceException refusal = await Refused(registry, "named");
        Assert.Equal(Refusal.Unavailable, refusal.Refusal);
        Assert.Contains("'named'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetDirectoryName(models.PathOf("a"))!, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(refusal.Message, (await Refused(registry, "named")).Message); // not read again
        using ModelLease other = await registry.AcquireAsync("b", Token);
        Assert.StartsWith(" a time", await ModelRegistryTests.Story(other.Engine), StringComparison.Ordinal);

        await File.WriteAllBytesAsync(models.PathOf("a"), whole, Token);
        models.Clock.Advance(refusal.RetryAfter!.Value);
        using ModelLease mended = await registry.AcquireAsync("named", Token);
        Assert.StartsWith(" a time", await ModelRegistryTests.Story(mended.Engine), StringComparison.Ordinal);
    }

    [Theory, Trait("Probe", "95 96 97")]
    [InlineData("truncated")]
    [InlineData("overwritten")]
    [InlineData("replaced")]
    [InlineData("deleted")]
    public async Task Loaded_model_answers_as_before_whatever_happens_to_its_file(string how)
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        using ModelLease lease = await registry.AcquireAsync("a", Token);
        string before = await ModelRegistryTests.Story(lease.Engine);
        Assert.False(registry.Find("a")!.IsChanged);
        string path = models.PathOf("a");
        DateTime written = File.GetLastWriteTimeUtc(path);
        switch (how)
        {
            case "truncated":
                using (FileStream file = new(path, FileMode.Open))
                {
                    file.SetLength(1000);
                }

                break;
            case "overwritten":
                using (FileStream file = new(path, FileMode.Open))
                {
                    file.Seek(-100_000, SeekOrigin.End);
                    file.Write(new byte[100_000]);
                }

                File.SetLastWriteTimeUtc(path, written); // whoever hides it is found out by the samples
                break;
            case "replaced":
                await File.WriteAllBytesAsync(path + ".new", new byte[5000], Token);
                File.Move(path + ".new", path, overwrite: true);
                break;
            default:
                File.Delete(path);
                break;
        }

        Assert.Equal(before, await ModelRegistryTests.Story(lease.Engine));
        models.Clock.Advance(ModelRegistry.WatchPeriod);
        Assert.True(registry.Find("a")!.IsChanged);
        Assert.Equal(["a"], registry.List().Select(model => model.Name));
        lease.Dispose();
        (await registry.AcquireAsync("a", Token)).Dispose(); // what is loaded is served, without a look at the file
    }

    [Fact]
    public async Task File_touched_or_moved_aside_and_back_is_the_same_file()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        using ModelLease lease = await registry.AcquireAsync("a", Token);
        string path = models.PathOf("a");
        File.Copy(path, path + ".copy");
        File.Move(path + ".copy", path, overwrite: true);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(1));
        Assert.False(registry.Find("a")!.IsChanged);
    }

    [Fact]
    public async Task Loads_that_fail_leave_no_threads_behind()
    {
        await using ModelFolder models = new("a");
        byte[] whole = await File.ReadAllBytesAsync(models.PathOf("a"), Token);
        ModelRegistry registry = models.Registry(options => options with { FolderSettings = options.FolderSettings with { Threads = 2 } });
        registry.LoadEngine = (file, options, progress) =>
        {
            File.SetLastWriteTimeUtc(models.PathOf("a"), DateTime.UtcNow.AddDays(2)); // changed while it is read
            return Engine.Load(file, options, progress);
        };
        int threads = 0;
        for (int i = 0; i < 12; i++)
        {
            Assert.Contains("changed while it was read", (await Refused(registry, "a")).Message, StringComparison.Ordinal);
            File.SetLastWriteTimeUtc(models.PathOf("a"), DateTime.UtcNow);
            models.Clock.Advance(TimeSpan.FromSeconds(10));
            threads = i == 1 ? Threads() : threads;
        }

        Assert.InRange(Threads(), 1, threads + 5); // not one for each of ten
        Assert.Equal(948960, whole.Length);
    }

    [Fact(Timeout = 30_000)]
    public async Task Engine_that_has_failed_is_loaded_anew()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        BrokenClock clock = new();
        registry.LoadEngine = (file, options, progress) => Engine.Load(file, options with { TimeProvider = clock }, progress);
        ModelLease failed = await registry.AcquireAsync("a", TestContext.Current.CancellationToken);
        clock.IsBroken = true;
        await Assert.ThrowsAnyAsync<Exception>(() => ModelRegistryTests.Story(failed.Engine));
        await ModelRegistryTests.Until(() => failed.Engine.Health.State == EngineState.Faulted);
        failed.Dispose();
        using ModelLease again = await registry.AcquireAsync("a", TestContext.Current.CancellationToken);
        Assert.NotSame(failed.Engine, again.Engine);
        Assert.StartsWith(" a time", await ModelRegistryTests.Story(again.Engine), StringComparison.Ordinal);
    }

    /// <summary>Fails the engine's own thread, between steps.</summary>
    sealed class BrokenClock : TimeProvider
    {
        public volatile bool IsBroken;

        public override long GetTimestamp()
        {
            if (IsBroken && Thread.CurrentThread.Name == "millrace-engine")
            {
                IsBroken = false; // once: what ends the requests of a failed engine asks it too
                throw new InvalidOperationException("the clock is broken");
            }

            return base.GetTimestamp();
        }
    }

    static int Threads() => Directory.GetDirectories("/proc/self/task").Length;

    static Task<InferenceException> Refused(ModelRegistry registry, string name) =>
        Assert.ThrowsAsync<InferenceException>(async () => await registry.AcquireAsync(name, Token));
}
