using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Tests.Server.Models;

/// <summary>What is loaded when, and what leaves when.</summary>
public sealed class ModelRegistryTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_that_come_together_load_a_model_once()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        int loads = 0;
        using ManualResetEventSlim go = new();
        registry.LoadEngine = (file, options, progress) =>
        {
            Interlocked.Increment(ref loads);
            go.Wait(Token);
            return Engine.Load(file, options, progress);
        };
        Task<ModelLease>[] requests = [.. Enumerable.Range(0, 8).Select(_ => registry.AcquireAsync("a", Token).AsTask())];
        Assert.Equal(ModelState.Loading, registry.Find("a")!.State);
        Assert.All(requests, request => Assert.False(request.IsCompleted));
        go.Set();
        ModelLease[] leases = await Task.WhenAll(requests);
        Assert.Equal(1, loads);
        Assert.Single(leases.Select(lease => lease.Engine).Distinct());
        Assert.Equal(8, registry.Find("a")!.Requests);
    }

    [Fact]
    public async Task Who_leaves_while_a_model_loads_does_not_stop_the_load()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        using ManualResetEventSlim go = new();
        registry.LoadEngine = (file, options, progress) =>
        {
            go.Wait(Token);
            return Engine.Load(file, options, progress);
        };
        using CancellationTokenSource left = new();
        Task<ModelLease> first = registry.AcquireAsync("a", left.Token).AsTask();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Task<ModelLease> second = registry.AcquireAsync("a", Token).AsTask();
        go.Set();
        using ModelLease lease = await second;
        Assert.Equal(1, registry.Find("a")!.Requests);
    }

    [Fact]
    public async Task Model_goes_when_its_time_is_over_and_comes_back_when_asked_for()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        ModelLease lease = await registry.AcquireAsync("a", Token);
        models.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ModelState.Loaded, registry.Find("a")!.State); // held
        lease.Dispose();
        models.Clock.Advance(ModelRegistry.DefaultKeepAlive - TimeSpan.FromSeconds(2));
        Assert.Equal(ModelState.Loaded, registry.Find("a")!.State);
        Assert.Equal(models.Clock.GetUtcNow() + TimeSpan.FromSeconds(2), registry.Find("a")!.ExpiresAt);
        models.Clock.Advance(TimeSpan.FromSeconds(2));
        await Until(() => registry.Find("a")!.State == ModelState.Unloaded);
        using ModelLease again = await registry.AcquireAsync("a", Token);
        Assert.NotSame(lease.Engine, again.Engine);
    }

    [Theory]
    [InlineData(0, 0, ModelState.Unloaded)]
    [InlineData(30, 29, ModelState.Loaded)]
    [InlineData(30, 30, ModelState.Unloaded)]
    [InlineData(-1, 10_000, ModelState.Loaded)]
    public async Task Request_says_how_long_a_model_stays(int keepAlive, int later, ModelState expected)
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        TimeSpan stay = keepAlive < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(keepAlive);
        (await registry.AcquireAsync("a", stay, Token)).Dispose();
        models.Clock.Advance(TimeSpan.FromSeconds(later));
        await Until(() => registry.Find("a")!.State != ModelState.Unloading);
        Assert.Equal(expected, registry.Find("a")!.State);
    }

    [Fact]
    public async Task Configured_model_stays_and_another_of_the_same_file_does_not()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry(options => options with { Models = [new(options.FolderSettings) { Name = "mine", Path = models.PathOf("a") }] });
        (await registry.AcquireAsync("mine", Token)).Dispose();
        (await registry.AcquireAsync("a", Token)).Dispose();
        models.Clock.Advance(TimeSpan.FromHours(3));
        await Until(() => registry.Find("a")!.State == ModelState.Unloaded);
        Assert.Equal(ModelState.Loaded, registry.Find("mine")!.State);
        Assert.Equal(["mine", "a"], registry.List().Select(model => model.Name));
    }

    [Fact]
    public async Task Least_recently_used_makes_room()
    {
        await using ModelFolder models = new("a", "b", "c");
        long size = await SizeOf(models, "a");
        ModelRegistry registry = models.Registry(options => options with { MemoryLimit = 2 * size });
        (await registry.AcquireAsync("a", Token)).Dispose();
        models.Clock.Advance(TimeSpan.FromSeconds(1));
        (await registry.AcquireAsync("b", Token)).Dispose();
        models.Clock.Advance(TimeSpan.FromSeconds(1));
        (await registry.AcquireAsync("a", Token)).Dispose();
        (await registry.AcquireAsync("c", Token)).Dispose();
        Assert.Equal([ModelState.Loaded, ModelState.Unloaded, ModelState.Loaded], registry.List().Select(model => model.State));
    }

    [Fact]
    public async Task Model_in_use_is_waited_for_and_its_new_requests_wait_their_turn()
    {
        await using ModelFolder models = new("a", "b");
        long size = await SizeOf(models, "a");
        ModelRegistry registry = models.Registry(options => options with { MemoryLimit = size });
        ModelLease held = await registry.AcquireAsync("a", Token);
        Generation running = held.Engine.Submit(new() { Prompt = held.Engine.Tokenizer.Encode("Once upon"), MaxTokens = 100, Sampling = new() { Temperature = 0 } });
        Task<ModelLease> other = registry.AcquireAsync("b", Token).AsTask();
        await Until(() => registry.Find("a")!.State == ModelState.Unloading);
        Task<ModelLease> late = registry.AcquireAsync("a", Token).AsTask();
        int tokens = 0;
        await foreach (TokenOutput _ in running)
        {
            tokens++;
        }

        Assert.Equal(100, tokens);
        Assert.False(other.IsCompleted);
        held.Dispose();
        (await other).Dispose();
        (await late).Dispose();
        Assert.Equal([ModelState.Loaded, ModelState.Unloaded], registry.List().Select(model => model.State));
    }

    [Fact]
    public async Task Models_that_do_not_fit_together_serve_everybody_in_the_end()
    {
        await using ModelFolder models = new("a", "b", "c");
        long size = await SizeOf(models, "a");
        ModelRegistry registry = models.Registry(options => options with { MemoryLimit = 2 * size });
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
        {
            using ModelLease lease = await registry.AcquireAsync(((char)('a' + (i % 3))).ToString(), Token);
            return await Story(lease.Engine);
        }));
        Assert.Single(texts.Distinct());
        Assert.All(registry.List(), model => Assert.Equal(0, model.Requests));
        Assert.True(registry.List().Count(model => model.State == ModelState.Loaded) <= 2);
    }

    [Fact]
    public async Task Unloading_waits_for_requests()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        ModelLease lease = await registry.AcquireAsync("a", Token);
        Task<bool> unloading = registry.UnloadAsync("a", Token);
        await Until(() => registry.Find("a")!.State == ModelState.Unloading);
        Assert.False(unloading.IsCompleted);
        lease.Dispose();
        Assert.True(await unloading);
        Assert.False(await registry.UnloadAsync("a", Token));
        Assert.Equal(Refusal.ModelNotFound, (await Assert.ThrowsAsync<InferenceException>(() => registry.UnloadAsync("nothing", Token))).Refusal);
    }

    [Theory]
    [InlineData("b")]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a.gguf")]
    [InlineData("./a")]
    [InlineData("../models/a")]
    [InlineData("a\0")]
    [InlineData("/etc/passwd")]
    public async Task Name_is_looked_up_and_is_no_path(string name)
    {
        await using ModelFolder models = new("a");
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(async () => await models.Registry().AcquireAsync(name, Token));
        Assert.Equal((Refusal.ModelNotFound, "model"), (refusal.Refusal, refusal.Parameter));
    }

    [Fact]
    public async Task Name_of_a_megabyte_does_not_come_back_in_the_answer()
    {
        await using ModelFolder models = new("a");
        ModelRegistry registry = models.Registry();
        InferenceException refusal = await Assert.ThrowsAsync<InferenceException>(async () => await registry.AcquireAsync("\u001b[2J" + new string('x', 1 << 20), Token));
        Assert.InRange(refusal.Message.Length, 100, 200);
        Assert.DoesNotContain('\u001b', refusal.Message);
        refusal = await Assert.ThrowsAsync<InferenceException>(async () => await registry.AcquireAsync(models.PathOf("a"), Token));
        Assert.Equal(Refusal.ModelNotFound, refusal.Refusal);
    }

    internal static async Task<string> Story(Engine engine)
    {
        AnswerReader answer = new(engine, new GenerationRequest() { Prompt = engine.Tokenizer.Encode("Once upon"), MaxTokens = 20, Sampling = new SamplingParameters { Temperature = 0 } }, []);
        string text = "";
        await foreach (AnswerPiece piece in answer.ReadAsync(Token))
        {
            text += piece.Text;
        }

        return text;
    }

    internal static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10, Token);
        }

        Assert.True(condition());
    }

    static async Task<long> SizeOf(ModelFolder models, string name)
    {
        ModelRegistry registry = models.Registry();
        (await registry.AcquireAsync(name, Token)).Dispose();
        return registry.Find(name)!.Needs!.Total;
    }
}
