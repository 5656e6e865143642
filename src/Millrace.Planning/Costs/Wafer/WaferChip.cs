using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>A wafer of small cores, each with its part of the SRAM, on a mesh (Cerebras' WSE-3).</summary>
/// <remarks>900,000 cores: Cerebras and nextplatform.com, March 2024. The clock is not published; 1.1 GHz makes the catalogue's dense peak 8 FP16 multiply-adds for a core and cycle, and its bandwidth 21 bytes. A word crosses to the next core in a cycle (Lie, "Cerebras Architecture Deep Dive", IEEE Micro 2023).</remarks>
public sealed record WaferChip
{
    /// <summary>Cores of a wafer.</summary>
    public const double Cores = 900_000;

    /// <summary>Cycles in a second.</summary>
    public const double Hertz = 1.1e9;

    /// <summary>FP16 numbers that cross a link of the mesh in a cycle: a word is 32 bits.</summary>
    public const int NumbersPerHop = 2;

    /// <summary>Reads a device.</summary>
    /// <exception cref="PlanningException">A figure that the model needs is missing, zero or no number.</exception>
    public WaferChip(DeviceSpec device)
    {
        MemoryLevel sram = device.Memory.Count > 0 ? device.Memory[0] : throw new PlanningException($"{device.Id}: expected SRAM, found no memory");
        Device = device;
        SramBytes = Require.Positive(sram.Bytes?.Value ?? double.NaN, $"{device.Id}: bytes of {sram.Level}");
        BytesPerCycle = Require.Positive(sram.BytesPerSecond?.Value ?? double.NaN, $"{device.Id}: bytes per second of {sram.Level}") / Cores / Hertz;
        ProductsPerCycle = Require.Positive(device.Peaks.GetValueOrDefault(NumberType.Fp16)?.Value ?? double.NaN, $"{device.Id}: FP16 operations per second") / 2 / Cores / Hertz;
        LinkBytesPerSecond = Require.Positive(device.Link?.BytesPerSecond?.Value ?? double.NaN, $"{device.Id}: bytes per second between wafers");
        LinkSeconds = Require.Positive(device.Link?.LatencySeconds?.Value ?? double.NaN, $"{device.Id}: seconds from wafer to wafer");
    }

    /// <summary>The device.</summary>
    public DeviceSpec Device { get; }

    /// <summary>What a wafer holds.</summary>
    public double SramBytes { get; }

    /// <summary>Bytes that a core reads in a cycle.</summary>
    public double BytesPerCycle { get; }

    /// <summary>FP16 multiply-adds of a core in a cycle.</summary>
    public double ProductsPerCycle { get; }

    /// <summary>From wafer to wafer, in one direction.</summary>
    public double LinkBytesPerSecond { get; }

    /// <summary>From wafer to wafer.</summary>
    public double LinkSeconds { get; }
}
