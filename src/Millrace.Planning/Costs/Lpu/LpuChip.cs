using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>One statically scheduled chip (Groq's TSP): what the catalogue says of a device, and the units inside the chip that the papers describe.</summary>
/// <remarks>Abts et al., "Think Fast: A Tensor Streaming Processor", ISCA 2020: 320 lanes; four MXM planes of 320 × 320; 64 streams of 320 bytes, 32 to each side; all four planes take new weights in 20 cycles and a transit; 16 vector ALUs for each lane; 900 MHz. Abts et al., ISCA 2022: nodes of 8 chips, each joined to the 7 others and by 4 links to other nodes; at most 5 hops in the largest system, under 3 µs.</remarks>
public sealed record LpuChip
{
    /// <summary>Lanes: numbers of a vector, rows and columns of a matrix plane.</summary>
    public const int Lanes = 320;

    /// <summary>Planes of the matrix unit; FP16 takes two together.</summary>
    public const int Planes = 4;

    /// <summary>Chips of a node, each of which reaches the others in one hop.</summary>
    public const int NodeChips = 8;

    /// <summary>Cycles in a second.</summary>
    public const double Hertz = 900e6;

    const int StreamsToPlanes = 64;
    const int ChipLinks = 16;
    const int GlobalLinks = 4;

    /// <summary>Reads a device.</summary>
    /// <exception cref="PlanningException">A figure that the model needs is missing, zero or no number.</exception>
    public LpuChip(DeviceSpec device)
    {
        MemoryLevel sram = device.Memory.Count > 0 ? device.Memory[0] : throw new PlanningException($"{device.Id}: expected SRAM, found no memory");
        Device = device;
        SramBytes = Require.Positive(sram.Bytes?.Value ?? double.NaN, $"{device.Id}: bytes of {sram.Level}");
        double bandwidth = Require.Positive(sram.BytesPerSecond?.Value ?? double.NaN, $"{device.Id}: bytes per second of {sram.Level}");
        double peak = Require.Positive(device.Peaks.GetValueOrDefault(NumberType.Fp16)?.Value ?? double.NaN, $"{device.Id}: FP16 operations per second");
        Interconnect link = device.Link ?? throw new PlanningException($"{device.Id}: expected links between chips, found none");
        double links = Require.Positive(link.BytesPerSecond?.Value ?? double.NaN, $"{device.Id}: bytes per second of its links");
        double hop = Require.Positive(link.LatencySeconds?.Value ?? double.NaN, $"{device.Id}: seconds of a hop");

        double installed = Math.Min(StreamsToPlanes * Lanes, bandwidth / Hertz); // bytes of weights in a cycle
        InstallCycles = (long)Math.Ceiling(PlaneGroups * 2.0 * Lanes * Lanes / installed);
        VectorCycles = (long)Math.Ceiling(PlaneGroups * 2.0 * Lanes * Lanes * Hertz / peak);
        LinkBytesPerCycle = links / ChipLinks / Hertz;
        HopCycles = (long)Math.Ceiling(hop * Hertz);
    }

    /// <summary>The device.</summary>
    public DeviceSpec Device { get; }

    /// <summary>What the chip holds.</summary>
    public double SramBytes { get; }

    /// <summary>Tiles that are multiplied side by side in FP16.</summary>
    public static int PlaneGroups => Planes / 2;

    /// <summary>Cycles in which every plane group receives a new tile of FP16 weights.</summary>
    public long InstallCycles { get; }

    /// <summary>Cycles for each FP16 vector that passes all plane groups.</summary>
    public long VectorCycles { get; }

    /// <summary>Bytes in a cycle over one link in one direction.</summary>
    public double LinkBytesPerCycle { get; }

    /// <summary>Cycles of a hop from chip to chip.</summary>
    public long HopCycles { get; }

    /// <summary>Cycles to send every chip of a group its part of <paramref name="bytes"/>, or to gather the parts: each pair has its link within a node, between nodes four links leave each chip.</summary>
    /// <param name="bytes">Of the whole.</param>
    /// <param name="chips">In the group.</param>
    public long ExchangeCycles(double bytes, int chips)
    {
        double inside = bytes / chips;
        double outside = chips > NodeChips ? bytes * (chips - NodeChips) / chips / GlobalLinks : 0;
        return (long)Math.Ceiling((inside + outside) / LinkBytesPerCycle);
    }

    /// <summary>Hops of such an exchange: one inside a node; local, global, local beyond.</summary>
    public static int ExchangeHops(int chips) => chips <= NodeChips ? 1 : 3;
}
