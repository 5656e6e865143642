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

    /// <summary>Measures the energy of steps, where there is something that does: <see cref="EnergyMeter.Open"/>. The engine reads it on its own thread and does not dispose it.</summary>
    public EnergyMeter? EnergyMeter { get; init; }

    /// <summary>The clock of all timings.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
