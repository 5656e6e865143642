using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Models;

/// <summary>The figures of memory: what a model takes, and what a limit leaves of its KV cache.</summary>
public sealed class CapacityTests
{
    [Theory]
    [InlineData(256, 2, KvType.F16)]
    [InlineData(250, 3, KvType.Int8)]
    [InlineData(33, 16, KvType.F32)]
    public async Task Estimate_is_what_a_loaded_model_has(int context, int parallel, KvType type)
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry(options => options with { FolderSettings = new() { Context = context, Parallel = parallel, Threads = 1, KvType = type } });
        using ModelLease lease = await registry.AcquireAsync("a", TestContext.Current.CancellationToken);
        CpuMemoryNeeds needs = registry.Find("a")!.Needs!;
        KvCache cache = lease.Engine.Device.Cache;
        Assert.Equal((cache.Blocks, cache.BlockBytes), (needs.KvBlocks, needs.KvBlock));
        Assert.Equal((context + 31) / 32 * parallel, needs.KvBlocks);
        Assert.Equal(needs.Weights + (needs.KvBlock * needs.KvBlocks) + needs.Scratch, needs.Total);
        Assert.InRange(needs.Weights, 940_000 - 40_000, 948_960); // the file without its vocabulary
    }

    [Fact]
    public void Panels_that_are_kept_in_a_file_are_not_held_against_the_limit()
    {
        using ModelFile file = ModelFile.Open(KnownStory.Path);
        ModelSettings settings = new() { Context = 256, Parallel = 1, Threads = 1 };
        CpuMemoryNeeds needs = MemoryPlan.For(file, settings, 1L << 30).Needs;
        long limit = needs.Total - 100_000;
        Assert.DoesNotContain("mapped", Assert.Throws<InferenceException>(() => MemoryPlan.For(file, settings, limit)).Message, StringComparison.Ordinal);
        CpuMemoryNeeds kept = MemoryPlan.For(file, settings with { Weights = WeightMode.KeptPanels }, limit).Needs;
        Assert.Equal(needs.Total, kept.Total + kept.Mapped);
        string refusal = Assert.Throws<InferenceException>(() => MemoryPlan.For(file, settings with { Weights = WeightMode.KeptPanels }, kept.Total - 1)).Message;
        Assert.Contains(FormattableString.Invariant($"beside {kept.Mapped / 1e9:0.00} in a mapped file"), refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Panels_that_could_not_be_kept_count_as_soon_as_that_is_known()
    {
        await using ModelFolder models = new("a");
        ModelSettings settings = new() { Context = 256, Parallel = 1, Threads = 1, Weights = WeightMode.KeptPanels, PanelFolder = "/proc/no/such/folder" };
        ModelRegistry enough = models.Registry(options => options with { FolderSettings = settings });
        using ModelLease lease = await enough.AcquireAsync("a", TestContext.Current.CancellationToken);
        CpuMemoryNeeds needs = enough.Find("a")!.Needs!;
        Assert.Equal((0, WeightMode.Panels), (needs.Mapped, lease.Engine.Device.Weights));
        ModelRegistry small = models.Registry(options => options with { FolderSettings = settings, MemoryLimit = needs.Total - 1 });
        Assert.Contains("it needs ", (await Assert.ThrowsAsync<InferenceException>(async () => await small.AcquireAsync("a", TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 1.0, 32)]      // all that was asked for
    [InlineData(null, 0.05, 8)]      // a quarter of the limit is less than one context: one context it is
    [InlineData(100_000L, 1.0, 6)]   // as many blocks as the bytes hold
    public void Kv_cache_is_as_large_as_asked_for_and_as_the_limit_allows(long? kvBytes, double part, int blocks)
    {
        using ModelFile file = ModelFile.Open(KnownStory.Path);
        CpuMemoryNeeds one = CpuMemoryNeeds.Of(file, new CpuOptions { Context = 256, Threads = 1 });
        long limit = part == 1.0 ? 1L << 30 : one.Total;
        MemoryPlan plan = MemoryPlan.For(file, new ModelSettings { Context = 256, Parallel = 4, Threads = 1, KvBytes = kvBytes }, limit);
        Assert.Equal(blocks, plan.Needs.KvBlocks);
        Assert.Equal(blocks, plan.Device.KvBlocks);
    }
}
