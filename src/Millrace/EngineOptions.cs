using Millrace.Devices;
using Millrace.Devices.Cpu;

namespace Millrace;

/// <summary>How an engine runs its model.</summary>
public sealed record EngineOptions
{
    /// <summary>The device; its step size is also the largest piece in which a prompt is computed.</summary>
    public CpuOptions Device { get; init; } = new();

    /// <summary>Sequences that run together, at least 1.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Requests that may wait for their first step; what comes beyond is refused with <see cref="EngineBusyException"/>.</summary>
    public int MaxQueuedRequests { get; init; } = int.MaxValue;

    /// <summary>Tokens that the prompts of waiting requests may have together.</summary>
    public long MaxQueuedTokens { get; init; } = long.MaxValue;

    /// <summary>Bounds on the wait for the first token, beyond which requests are refused, and on the gaps between tokens, which pieces of prompts are sized by.</summary>
    public ClassTargets Targets { get; init; } = new();

    /// <summary>KV blocks that one tenant may keep in the prefix cache while no request of its holds them.</summary>
    public int CachedBlocksPerTenant { get; init; } = int.MaxValue;

    /// <summary>A step that takes this long, or a hundred times what was predicted (at least two seconds), counts as stuck.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sees each step.</summary>
    public StepObserver? StepObserver { get; init; }

    /// <summary>Records what the loop does, for a simulator to replay. Whoever makes it disposes it, after the engine.</summary>
    public RunRecorder? Recorder { get; init; }

    /// <summary>Measures the energy of steps, where there is something that does: <see cref="EnergyMeter.Open"/>. The engine reads it on its own thread and does not dispose it.</summary>
    public EnergyMeter? EnergyMeter { get; init; }

    /// <summary>Watts that steps are taken to draw where there is no meter: an estimate, and <see cref="Engine.MeasuresEnergy"/> says so.</summary>
    public int AssumedWatts { get; init; }

    /// <summary>Watts that <see cref="EnergyMeter"/> may measure on average; the loop pauses between steps to stay below. Null is no limit, and without a meter there is none.</summary>
    public int? PowerLimit { get; init; }

    /// <summary>The clock of all timings.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
