using System.Collections.Concurrent;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Models;

/// <summary>Loads models, one at a time, off the threads of requests.</summary>
/// <param name="options">How the server runs.</param>
/// <param name="limit">Bytes that all models may take.</param>
/// <param name="makeRoom">Frees so many bytes of it.</param>
sealed class ModelLoader(ServerOptions options, long limit, Func<long, Task> makeRoom) : IDisposable
{
    /// <summary>For so long a load that failed is not tried again.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    readonly TimeProvider _clock = options.TimeProvider;
    readonly SemaphoreSlim _turn = new(1);
    readonly ConcurrentDictionary<string, (long At, InferenceException Refusal)> _failures = [];

    /// <summary>How an engine is made.</summary>
    public Func<ModelFile, EngineOptions, IProgress<long>, Engine> LoadEngine { private get; set; } = Engine.Load;

    /// <summary>What sees the steps of a model.</summary>
    public Func<string, StepObserver>? StepObserver { private get; set; }

    /// <summary>Loads a slot's model.</summary>
    public async Task LoadAsync(ModelSlot slot)
    {
        await _turn.WaitAsync();
        try
        {
            await Task.Run(async () =>
            {
                ModelDetails details = ModelDetails.Read(slot.Options.Path);
                using ModelFile file = ModelFile.Open(slot.Options.Path);
                MemoryPlan plan = MemoryPlan.For(file, slot.Options, limit);
                await makeRoom(plan.Needs.Total);
                slot.BytesTotal = plan.Needs.Weights + plan.Needs.Mapped;
                slot.EnergyMeter = options.OpenEnergyMeter();
                Engine engine = LoadEngine(file, new EngineOptions
                {
                    MaxSequences = slot.Options.Parallel,
                    MaxQueuedRequests = slot.Options.Queue,
                    Targets = new() { FirstToken = options.FirstToken },
                    CachedBlocksPerTenant = (plan.Device.KvBlocks + 1) / 2 ?? int.MaxValue, // who floods the cache drives out half of others' prefixes at most
                    Device = plan.Device,
                    TimeProvider = _clock,
                    EnergyMeter = slot.EnergyMeter,
                    PowerLimit = options.PowerLimit,
                    AssumedWatts = options.Watts,
                    StepObserver = StepObserver?.Invoke(slot.Options.Name) + options.ObserveSteps?.Invoke(slot.Options),
                    Recorder = options.OpenRecorder?.Invoke(slot.Options),
                }, new BytesRead(slot));
                CpuMemoryNeeds needs = engine.Device?.Needs ?? plan.Needs; // an engine need not run on a processor
                if (needs.Total > plan.Needs.Total)
                {
                    await MakeRoomForPanelsAsync(engine, needs);
                }

                (slot.Details, slot.Needs, slot.LastUsed) = (details, needs, _clock.GetTimestamp());
                slot.Engine = engine; // last: it says that the rest is there
            });
            _failures.TryRemove(slot.Options.Name, out _);
        }
        finally
        {
            _turn.Release();
        }
    }

    // Panels that could not be kept are in memory, where nobody reckoned with them.
    async Task MakeRoomForPanelsAsync(Engine engine, CpuMemoryNeeds needs)
    {
        if (needs.Total > limit)
        {
            await engine.DisposeAsync();
            throw MemoryPlan.TooLarge(needs, limit);
        }

        await makeRoom(needs.Total);
    }

    /// <summary>Notes a failure, and says how requests are refused for it.</summary>
    public InferenceException Failed(ModelOptions model, Exception cause)
    {
        InferenceException refusal = LoadFailure.Of(model, cause, Pause);
        _failures[model.Name] = (_clock.GetTimestamp(), refusal);
        return refusal;
    }

    /// <summary>Refuses a model whose load failed a moment ago, lest every request read its file.</summary>
    public void ThrowIfFailedLately(ModelOptions model)
    {
        if (_failures.TryGetValue(model.Name, out (long At, InferenceException Refusal) failure) && _clock.GetElapsedTime(failure.At) is var elapsed && elapsed < Pause)
        {
            throw new InferenceException(failure.Refusal.Refusal, failure.Refusal.Message) { Parameter = "model", RetryAfter = Pause - elapsed };
        }
    }

    /// <summary>Called once nothing loads any more.</summary>
    public void Dispose() => _turn.Dispose();

    sealed class BytesRead(ModelSlot slot) : IProgress<long>
    {
        public void Report(long value) => Interlocked.Exchange(ref slot.BytesRead, value);
    }
}
