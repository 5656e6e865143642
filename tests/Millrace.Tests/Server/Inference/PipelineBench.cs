using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Limits;
using Millrace.Server.Metrics;
using Millrace.Server.Models;
using Millrace.Server.Prices;
using Millrace.Tests.Tokenization;
using Millrace.Tokenization;

namespace Millrace.Tests.Server.Inference;

/// <summary>The pipeline over a device that computes hashes: what it answers is known from the prompt alone, and a foreign or stale block shows in the answer.</summary>
sealed class PipelineBench : IAsyncDisposable
{
    /// <summary>Token 3 + b is the byte b; what the device draws is below 50.</summary>
    public static readonly Tokenizer Tokenizer = Tokenizer.FromModel(VocabularyFile.SentencePiece());

    /// <summary>A token costs as many micro-units as it weighs here: input 5, cached 1, output 7.</summary>
    public static readonly PriceList Prices = new("EUR", new Dictionary<string, ModelPrice> { ["*"] = new(5_000_000, 1_000_000, 7_000_000) });

    readonly TemporaryFolder _folder = new();
    readonly List<Engine> _engines = [];
    readonly RequestWatch _watch;

    public PipelineBench(FakeDevice? device = null, TimeProvider? clock = null, Func<Engine>? start = null, Action<WriteStep>? probe = null, Func<ServerOptions, ServerOptions>? configure = null)
    {
        Device = device ?? new FakeDevice();
        Clock = clock ?? TimeProvider.System;
        ServerOptions options = new() { Home = _folder.Path(), Prices = Prices, TimeProvider = Clock };
        Options = configure?.Invoke(options) ?? options;
        Ledger = UsageLedger.Open(_folder.Path(UsageLedger.FileName), Clock, Prices.Currency, probe);
        Keys = KeyStore.Open(Ledger.Path, Clock);
        Running = new RunningRequests(Clock);
        Log = new RequestLog(Options, Running);
        Pipeline = new InferencePipeline(Options, Ledger, new KeyLimiter(Clock, key => Ledger.BalanceOf(key).Spent), Running, Log, new CacheSalts(_folder.Path()), new ServerMetrics(Clock));
        _watch = new RequestWatch(Running, Keys, Options);
        Engine = start?.Invoke() ?? Device.Start(clock: clock, tokenizer: Tokenizer);
        _engines.Add(Engine);
    }

    public FakeDevice Device { get; }

    public Engine Engine { get; }

    public TimeProvider Clock { get; }

    public ServerOptions Options { get; }

    public UsageLedger Ledger { get; }

    public KeyStore Keys { get; }

    public RunningRequests Running { get; }

    public RequestLog Log { get; }

    public InferencePipeline Pipeline { get; }

    /// <summary>All records, in their order.</summary>
    public IReadOnlyList<Receipt> Records
    {
        get
        {
            using LedgerReader reader = LedgerReader.Open(Ledger.Path);
            return reader.Records();
        }
    }

    public static InferenceRequest Ask(int[] prompt, int maxTokens, int choices = 1) => new()
    {
        Operation = "text_completion",
        Prompts = [prompt],
        MaxTokens = maxTokens,
        Streams = true,
        Choices = choices,
        Sampling = new SamplingParameters { Temperature = 0 },
        StopTokens = new HashSet<int>(),
    };

    public static int[] Tokens(int seed, int count) => Scheduling.SchedulerTests.Bench.Tokens(seed, count);

    public ModelLease Lease(Engine? engine = null, string name = "fake") => new(new ModelOptions { Name = name, Path = "" }, engine ?? Engine, static () => { });

    /// <summary>A caller with a key of its own.</summary>
    public Caller NewCaller(string name = "alice", KeyLimits? limits = null, ServiceClass serviceClass = ServiceClass.Standard)
    {
        (ApiKey key, _) = Keys.Add(name, name, KeyScopes.Inference, serviceClass, limits ?? KeyLimits.None);
        return new Caller(key.Tenant, key);
    }

    public async Task<Millrace.Server.Inference.Inference> StartAsync(InferenceRequest request, Caller? caller = null) =>
        await Pipeline.StartAsync(caller ?? Caller.Open, Lease(), request, TestContext.Current.CancellationToken);

    /// <summary>Runs a request to its end.</summary>
    public async Task<Run> RunAsync(InferenceRequest request, Caller? caller = null)
    {
        await using Millrace.Server.Inference.Inference inference = await StartAsync(request, caller);
        return await ReadAsync(inference);
    }

    /// <summary>Reads a request, or the first events of it.</summary>
    public static async Task<Run> ReadAsync(Millrace.Server.Inference.Inference inference, int tokens = int.MaxValue)
    {
        List<InferenceEvent> events = [];
        await foreach (InferenceEvent item in inference.ReadAsync(TestContext.Current.CancellationToken))
        {
            events.Add(item);
            if (events.Count(item => item.Token is not null) >= tokens)
            {
                break;
            }
        }

        return new Run(inference.Id, events, inference.Usage, inference.Receipt!);
    }

    /// <summary>Stops all and checks that every KV block came back and every request is settled.</summary>
    public async ValueTask DisposeAsync()
    {
        _watch.Dispose();
        foreach (Engine engine in _engines)
        {
            await engine.DisposeAsync();
            engine.CheckIdle();
        }

        Assert.Equal(0, Running.Count);
        Assert.True(Ledger.OpenCount == 0 || Ledger.Failure is not null);
        Keys.Dispose();
        await Ledger.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What was read of a request.</summary>
sealed record Run(string Id, IReadOnlyList<InferenceEvent> Events, Usage Usage, Receipt Receipt)
{
    /// <summary>The tokens of one answer.</summary>
    public int[] Tokens(int choice = 0) => [.. Events.Where(item => item.Choice == choice && item.Token is not null).Select(item => item.Token!.Value.Token)];

    /// <summary>The text of one answer.</summary>
    public string Text(int choice = 0) => string.Concat(Events.Where(item => item.Choice == choice).Select(item => item.Text));
}
