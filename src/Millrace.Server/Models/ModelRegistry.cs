using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Models;

/// <summary>The models that the server offers. Each is loaded when it is first asked for, stays for its keep-alive after its last request, and makes room for another under the memory limit, the least recently used first; never while a request holds it.</summary>
public sealed partial class ModelRegistry : IAsyncDisposable
{
    /// <summary>How long a model stays that was not named in the options.</summary>
    public static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromMinutes(5);

    /// <summary>How often the files of loaded models are looked at.</summary>
    internal static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(30);

    static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    readonly ServerOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger _logger;
    readonly ModelCatalog _catalog;
    readonly ModelLoader _loader;
    readonly ConcurrentDictionary<string, ModelDetails> _details = [];
    readonly Lock _lock = new();
    readonly Dictionary<string, ModelSlot> _slots = []; // loaded, on the way in or on the way out
    readonly ITimer _sweeper;
    readonly ITimer _watcher;
    int _watching; // 1 while files are looked at: a disk that hangs gathers no threads
    bool _disposed;

    /// <summary>A registry with nothing loaded.</summary>
    public ModelRegistry(ServerOptions options, ILogger<ModelRegistry>? logger = null)
    {
        _options = options;
        _clock = options.TimeProvider;
        _logger = logger ?? NullLogger<ModelRegistry>.Instance;
        _catalog = new ModelCatalog(options);
        MemoryLimit = options.MemoryLimit ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 9;
        _loader = new ModelLoader(options, MemoryLimit, MakeRoomAsync);
        _sweeper = _clock.CreateTimer(static registry => ((ModelRegistry)registry!).Sweep(), this, SweepPeriod, SweepPeriod);
        _watcher = _clock.CreateTimer(static registry => ((ModelRegistry)registry!).Watch(), this, WatchPeriod, WatchPeriod);
    }

    /// <summary>The models of the options, in their order. The first answers requests that name none, where an API allows that.</summary>
    public IReadOnlyList<ModelOptions> Models => _options.Models;

    /// <summary>Bytes that all loaded models may take.</summary>
    public long MemoryLimit { get; }

    /// <summary>Whether the models that are to be there from the start are not there yet.</summary>
    public bool IsStarting { get; private set; }

    /// <summary>The model that is being loaded, the bytes of weights that were read, and those there are; null while none is.</summary>
    public (string Name, long Read, long Total)? Loading
    {
        get
        {
            lock (_lock)
            {
                return _slots.Values.FirstOrDefault(static slot => slot is { Engine: null, BytesTotal: > 0 }) is { } slot
                    ? (slot.Options.Name, Interlocked.Read(ref slot.BytesRead), slot.BytesTotal)
                    : null;
            }
        }
    }

    /// <summary>How an engine is made; tests make it slow, or let it fail.</summary>
    internal Func<ModelFile, EngineOptions, IProgress<long>, Engine> LoadEngine { set => _loader.LoadEngine = value; }

    /// <summary>What sees the steps of a model, by its name.</summary>
    internal Func<string, StepObserver> StepObserver { set => _loader.StepObserver = value; }

    /// <summary>Takes a model, and loads it where it is not. Any number of requests may wait for one load.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops the waiting, not the loading.</param>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded.</exception>
    public ValueTask<ModelLease> AcquireAsync(string name, CancellationToken cancellationToken) => AcquireAsync(name, null, cancellationToken);

    /// <summary>Takes a model, and loads it where it is not. Any number of requests may wait for one load.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="keepAlive">How long it is to stay after this request; null leaves that to its settings.</param>
    /// <param name="cancellationToken">Stops the waiting, not the loading.</param>
    /// <exception cref="InferenceException">There is no such model, or it cannot be loaded.</exception>
    public async ValueTask<ModelLease> AcquireAsync(string name, TimeSpan? keepAlive, CancellationToken cancellationToken)
    {
        while (true)
        {
            ModelSlot slot = Hold(name, out Task? leaving);
            if (leaving is not null)
            {
                await leaving.WaitAsync(cancellationToken);
                continue;
            }

            try
            {
                await slot.Loading.WaitAsync(cancellationToken);
            }
            catch
            {
                Release(slot, null);
                throw;
            }

            return new ModelLease(slot.Options, slot.Engine!, () => Release(slot, keepAlive));
        }
    }

    /// <summary>Loads models one after another, in the order given; until it is done <see cref="IsStarting"/> is true.</summary>
    /// <exception cref="InferenceException">One cannot be loaded.</exception>
    public async Task PreloadAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        IsStarting = true;
        foreach (string name in names)
        {
            (await AcquireAsync(name, cancellationToken)).Dispose();
        }

        IsStarting = false;
    }

    /// <summary>Unloads a model once its requests have ended; new ones wait, and load it anew.</summary>
    /// <returns>Whether it was loaded.</returns>
    /// <exception cref="InferenceException">There is no such model.</exception>
    public async Task<bool> UnloadAsync(string name, CancellationToken cancellationToken)
    {
        Task gone;
        lock (_lock)
        {
            if (!_slots.TryGetValue(name, out ModelSlot? slot))
            {
                return _catalog.Find(name) is null ? throw NotFound(name) : false;
            }

            gone = Leave(slot);
        }

        await gone.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>The engines that are loaded, by the model's name. Reads no file.</summary>
    internal IReadOnlyDictionary<string, Engine> Engines
    {
        get
        {
            lock (_lock)
            {
                return _slots.Values.Where(static slot => slot.Engine is not null).ToDictionary(static slot => slot.Options.Name, static slot => slot.Engine!);
            }
        }
    }

    /// <summary>Every model that is offered, and where it stands.</summary>
    public IReadOnlyList<ModelStatus> List()
    {
        IReadOnlyList<ModelOptions> offered = _catalog.List();
        ModelOptions[] held;
        lock (_lock)
        {
            held = [.. _slots.Values.Select(static slot => slot.Options)];
        }

        // A model whose file was deleted is served while it is loaded.
        return [.. offered.Concat(held).DistinctBy(static model => model.Name).Select(StatusOf)];
    }

    /// <summary>A model and where it stands, or null where there is none of this name.</summary>
    public ModelStatus? Find(string name)
    {
        ModelOptions? model;
        lock (_lock)
        {
            model = _slots.GetValueOrDefault(name)?.Options;
        }

        return (model ?? _catalog.Find(name)) is { } found ? StatusOf(found) : null;
    }

    /// <summary>Whether a request may give this name.</summary>
    public bool Offers(string name)
    {
        lock (_lock)
        {
            return _slots.ContainsKey(name) || _catalog.Find(name) is not null;
        }
    }

    /// <summary>Unloads all, without waiting for requests.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await _watcher.DisposeAsync();
        ModelSlot[] slots;
        lock (_lock)
        {
            _disposed = true;
            slots = [.. _slots.Values];
        }

        foreach (ModelSlot slot in slots)
        {
            await slot.Loading.ContinueWith(static _ => { }, TaskScheduler.Default);
            if (slot.Engine is { } engine)
            {
                await engine.DisposeAsync();
                slot.EnergyMeter?.Dispose();
            }
        }

        _loader.Dispose();
    }

    /// <summary>A name that came from outside, as messages show it.</summary>
    internal static string Shown(string name)
    {
        const int Most = 100;
        string cut = name.Length <= Most ? name : name[..Most] + "…";
        return string.Concat(cut.Select(static letter => char.IsControl(letter) ? '\uFFFD' : letter));
    }

    /// <summary>The slot of a name with one more request on it, loading where it has just begun; or, where the model is on its way out, the task to wait for before trying again.</summary>
    ModelSlot Hold(string name, out Task? leaving)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                throw new InferenceException(Refusal.Unavailable, "The server is shutting down");
            }

            if (!_slots.TryGetValue(name, out ModelSlot? slot))
            {
                ModelOptions model = _catalog.Find(name) ?? throw NotFound(name);
                _loader.ThrowIfFailedLately(model);
                slot = new ModelSlot(model, KeepAliveOf(model));
                _slots.Add(name, slot);
                slot.Loading = LoadAsync(slot);
            }

            if (slot is { Engine.Health: { State: EngineState.Faulted } health, Unloading: null })
            {
                LogFaulted(health.Fault, name);
                Leave(slot);
            }

            leaving = slot.Unloading;
            if (leaving is null)
            {
                slot.Hold();
            }

            return slot;
        }
    }

    void Release(ModelSlot slot, TimeSpan? keepAlive)
    {
        lock (_lock)
        {
            slot.LastUsed = _clock.GetTimestamp();
            slot.KeepAlive = keepAlive ?? KeepAliveOf(slot.Options);
            slot.Drop();
            if (slot is { Leases: 0, Engine: not null } && slot.KeepAlive == TimeSpan.Zero)
            {
                Leave(slot);
            }
        }
    }

    TimeSpan KeepAliveOf(ModelOptions model) => model.KeepAlive ?? (_options.Models.Contains(model) ? Timeout.InfiniteTimeSpan : DefaultKeepAlive);

    static InferenceException NotFound(string name) => new(Refusal.ModelNotFound, $"The model '{Shown(name)}' does not exist") { Parameter = "model" };
}
