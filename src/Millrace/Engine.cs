using System.Collections.Frozen;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Scheduling;
using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace;

/// <summary>A model that generates for any number of requests at once. Thread-safe: requests come in through a queue, tokens go out through each request's stream, and one thread owns everything between.</summary>
public sealed class Engine : IAsyncDisposable, IDisposable
{
    readonly Lazy<ChatFormat?> _chatFormat;
    readonly int _vocabulary;
    readonly Scheduler _scheduler;
    readonly StepLedger _ledger;
    readonly AdmissionQueue _queue;
    readonly EngineLoop _loop;
    readonly int _hiddenWidth;
    int _disposed;

    internal Engine(EngineDevice device, EngineOptions options, Tokenizer? tokenizer, string? chatTemplate, string modelName)
    {
        Options = options;
        Tokenizer = tokenizer!; // tests run without text
        ModelName = modelName;
        _chatFormat = new(() => chatTemplate is null ? null : new ChatFormat(Tokenizer, chatTemplate));
        _scheduler = new(
            new BlockPool(device.KvBlocks, device.BlockSize) { CachedPerTenant = options.CachedBlocksPerTenant },
            new() { StepTokens = options.Device.MaxTokens, StepLogits = options.Device.MaxTokens, MaxSequences = options.MaxSequences });
        // A table of embeddings may have more rows than there are tokens: what has no name is never drawn.
        _vocabulary = Math.Min(device.Vocabulary, tokenizer?.VocabularySize ?? device.Vocabulary);
        _ledger = new StepLedger(device.Cost, device.BlockBytes, options.TimeProvider, options.EnergyMeter, options.AssumedWatts, options.MaxSequences);
        _queue = new AdmissionQueue(options);
        _hiddenWidth = device.HiddenWidth;
        _loop = new EngineLoop(_scheduler, device, new Candidates(_vocabulary), _ledger, _queue, options, modelName);
    }

    Engine(CpuDevice device, ModelFile file, EngineOptions options)
        : this(
            EngineDevice.From(device), options, Tokenizer.FromModel(file), TemplateSource.Read(file),
            file.Metadata.String("general.name", Path.GetFileNameWithoutExtension(file.Path)))
    {
        Device = device;
        Pooling = PoolingReader.Read(file);
    }

    /// <summary>How it runs.</summary>
    public EngineOptions Options { get; }

    /// <summary>The model's name, from its file.</summary>
    public string ModelName { get; }

    /// <summary>The model's tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Turns conversations into prompts, by the model's own template; null where it has none.</summary>
    /// <exception cref="TemplateException">The template is malformed.</exception>
    public ChatFormat? ChatFormat => _chatFormat.Value;

    /// <summary>What computes.</summary>
    public CpuDevice Device { get; } = null!;

    /// <summary>The most tokens that a request can have, prompt and answer together.</summary>
    public int Context => Options.Device.Context;

    /// <summary>What it has done so far. Requests that have ended are in it.</summary>
    public EngineTotals Totals => _ledger.Snapshot.Totals;

    /// <summary>How it stood after its last step.</summary>
    public EngineSnapshot Snapshot => _ledger.Snapshot;

    /// <summary>Whether it works; from any thread, also while a step is stuck.</summary>
    public EngineHealth Health => _loop.Health;

    /// <summary>Requests that wait for their first step.</summary>
    public int QueuedRequests => _queue.Requests;

    /// <summary>How embeddings are pooled: as the file says, or by the mean.</summary>
    public Pooling Pooling { get; } = Pooling.Mean;

    /// <summary>The numbers of an embedding.</summary>
    public int EmbeddingWidth => _hiddenWidth;

    /// <summary>Whether <see cref="Consumption.EnergyMicrojoules"/> is measured; else it is 0.</summary>
    public bool MeasuresEnergy => _ledger.MeasuresEnergy;

    /// <summary>Loads a model. The file is not needed afterwards.</summary>
    /// <param name="file">The model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="progress">Receives the bytes of weights read so far, or null.</param>
    /// <exception cref="ModelFormatException">The file is not a model that Millrace can run.</exception>
    public static Engine Load(ModelFile file, EngineOptions options, IProgress<long>? progress = null)
    {
        CpuDevice device = CpuDevice.Load(file, options.Device, progress);
        try
        {
            return new Engine(device, file, options);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Hands in a request, which begins with the next step that has room for it.</summary>
    /// <exception cref="ContextLengthException">It needs more tokens than there is room for.</exception>
    /// <exception cref="EngineBusyException">Too much waits, or it would wait too long.</exception>
    /// <exception cref="ArgumentException">A part of it is out of range; the message says which, and the range.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public Generation Submit(GenerationRequest request) => SubmitMany(request, 1)[0];

    /// <summary>Hands in a request for several answers to one prompt, which is computed once and shared. Each is read and cancelled by itself; answer i draws with the request's seed plus i, and is what a request of its own with that seed would get.</summary>
    /// <param name="request">The request. Its observer of prompt logits goes with the first answer.</param>
    /// <param name="choices">How many answers, from 1 to 1024.</param>
    /// <exception cref="ContextLengthException">It needs more tokens than there is room for.</exception>
    /// <exception cref="EngineBusyException">Too much waits, or it would wait too long.</exception>
    /// <exception cref="ArgumentException">A part of it is out of range; the message says which, and the range.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public IReadOnlyList<Generation> SubmitMany(GenerationRequest request, int choices) => SubmitAll([request], choices);

    /// <summary>Hands in several requests with several answers each, all or none: those to the first, then those to the second, and so on.</summary>
    /// <param name="requests">The requests, each as in <see cref="SubmitMany"/>.</param>
    /// <param name="choices">How many answers to each, from 1 to 1024.</param>
    /// <exception cref="ContextLengthException">One needs more tokens than there is room for.</exception>
    /// <exception cref="EngineBusyException">Too much waits, or it would wait too long.</exception>
    /// <exception cref="ArgumentException">A part of one is out of range; the message says which, and the range.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public IReadOnlyList<Generation> SubmitAll(IReadOnlyList<GenerationRequest> requests, int choices)
    {
        Generation[] generations = [.. requests.SelectMany(request => Prepare(request, choices))];
        Enter(generations);
        return generations;
    }

    Generation[] Prepare(GenerationRequest request, int choices)
    {
        CheckRange(nameof(choices), choices, 1, 1024);
        int[] prompt = Check(request);
        if (request.Embed)
        {
            CheckEmbedding(request, choices);
            request = request with { MaxTokens = 0, StopTokens = FrozenSet<int>.Empty };
        }

        int room = RoomFor(prompt.Length, request.MaxTokens);
        IReadOnlySet<int> stops = request.StopTokens ?? Tokenizer.EndOfGeneration;
        Generation[] generations = new Generation[choices];
        for (int i = 0; i < choices; i++)
        {
            GenerationRequest choice = i == 0 ? request : request with { Sampling = request.Sampling with { Seed = unchecked(request.Sampling.Seed + (ulong)i) }, PromptLogits = null };
            generations[i] = new Generation(this, choice, prompt, room, stops, new Sampler(choice.Sampling, _vocabulary), i)
            {
                Hidden = request.Embed ? new HiddenPool(Pooling, _hiddenWidth, prompt.Length) : null,
            };
        }

        generations[0].Followers = choices == 1 ? null : [.. generations.AsSpan(1)];
        return generations;
    }

    /// <summary>Throws as handing in so many requests would, where too much waits.</summary>
    /// <param name="coming">Others that will be handed in before.</param>
    /// <param name="requests">Requests that come together, each choice counted.</param>
    /// <param name="promptTokens">Tokens of their prompts.</param>
    /// <param name="serviceClass">Their class.</param>
    /// <param name="tenant">Whose they are: <see cref="GenerationRequest.Tenant"/>.</param>
    /// <exception cref="EngineBusyException">Too much waits, or they would wait too long.</exception>
    public void CheckRoom(int coming, int requests, int promptTokens, ServiceClass serviceClass, long tenant) => _queue.Check(coming, requests, promptTokens, serviceClass, tenant);

    /// <summary>Turns a prompt into a vector: the hidden states of its tokens after the model's final norm, pooled as <see cref="Pooling"/> says and brought to length 1. Computed in the steps that generate for others, bit for bit the same whatever runs beside it.</summary>
    /// <param name="request">The prompt, and how soon it is to be served.</param>
    /// <param name="cancellationToken">Ends it within one step.</param>
    /// <returns>The request, ended: its <see cref="Generation.Embedding"/>, and what it used.</returns>
    /// <exception cref="ContextLengthException">It needs more tokens than there is room for.</exception>
    /// <exception cref="EngineBusyException">Too much waits, or it would wait too long.</exception>
    /// <exception cref="ArgumentException">A part of it is out of range; the message says which, and the range.</exception>
    /// <exception cref="NotSupportedException">The model gives no embeddings.</exception>
    /// <exception cref="GenerationException">It failed.</exception>
    /// <exception cref="TimeoutException">Its deadline passed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or the engine disposed.</exception>
    public async Task<Generation> EmbedAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Generation generation = Submit(request with { Embed = true });
        await foreach (TokenOutput _ in generation.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
        }

        return generation.FinishReason switch
        {
            FinishReason.Deadline => throw new TimeoutException("the deadline passed before the embedding was computed"),
            FinishReason.Cancelled => throw new OperationCanceledException("the engine ended the request"),
            _ => generation,
        };
    }

    /// <summary>Cancels what runs, waits for the loop to end, and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        await _loop.StopAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Device?.Dispose();
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, waiting.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Checks, after disposal, that every block came back.</summary>
    internal void CheckIdle()
    {
        _scheduler.Pool.CheckIntegrity([]);
        if (_scheduler.Running.Count + _scheduler.Waiting.Count > 0)
        {
            throw new InvalidOperationException("sequences are left");
        }
    }

    internal void Cancel(Generation generation) => _loop.Cancel(generation);

    /// <summary>The prompt of a request whose parts are all in range.</summary>
    int[] Check(GenerationRequest request)
    {
        int[] prompt = [.. request.Prompt];
        CheckRange("Prompt length", prompt.Length, 1, int.MaxValue);
        foreach (int token in prompt)
        {
            CheckRange("Prompt token", token, 0, _vocabulary - 1);
        }

        CheckRange(nameof(request.MaxTokens), request.MaxTokens ?? 0, 0, int.MaxValue);
        CheckRange(nameof(request.TopLogProbabilities), request.TopLogProbabilities ?? 0, 0, Math.Min(_vocabulary, 1000));
        CheckRange(nameof(request.PromptLogitsFrom), request.PromptLogitsFrom, 0, prompt.Length - 1);
        CheckRange(nameof(request.Class), (int)request.Class, (int)ServiceClass.Batch, (int)ServiceClass.Realtime);
        CheckRange(nameof(request.TenantWeight), request.TenantWeight, 1, 1_000_000);
        return prompt;
    }

    void CheckEmbedding(GenerationRequest request, int choices)
    {
        CheckRange(nameof(choices), choices, 1, 1);
        CheckRange(nameof(request.MaxTokens), request.MaxTokens ?? 0, 0, 0);
        if (request.PromptLogits is not null)
        {
            throw new ArgumentException("an embedding has no logits to see", nameof(request));
        }

        if (Pooling == Pooling.Rank)
        {
            throw new NotSupportedException($"{ModelName} gives no embeddings: its pooling_type is 4 (rank), which is a score");
        }
    }

    void Enter(Generation[] generations)
    {
        Generation[] leaders = [.. generations.Where(static generation => generation.Choice == 0)];
        _queue.Enter(generations);
        int entered = 0;
        try
        {
            for (; entered < leaders.Length; entered++)
            {
                _loop.Add(leaders[entered]);
            }
        }
        catch (ObjectDisposedException)
        {
            foreach (Generation leader in leaders.AsSpan(entered))
            {
                _queue.End(leader);
            }

            throw;
        }
    }

    /// <summary>The number of new tokens, if there is room for them.</summary>
    int RoomFor(int prompt, int? maxTokens)
    {
        // The last new token is never computed, so it needs no place in the cache.
        int cache = _scheduler.Capacity;
        int room = Math.Min(Context - prompt, cache - prompt + 1);
        int wanted = maxTokens ?? Math.Max(1, room);
        if ((long)prompt + wanted > Context)
        {
            throw new ContextLengthException(prompt, wanted, Context, "context");
        }

        return (long)prompt + Math.Max(0, wanted - 1) <= cache
            ? wanted
            : throw new ContextLengthException(prompt, wanted, cache, "KV cache");
    }

    static void CheckRange(string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {min} to {max}");
        }
    }
}
