using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>A row of logits, or of hidden states, of the last step, asked for in order.</summary>
delegate ReadOnlySpan<float> LogitsOfRow(int row);

/// <summary>What the engine's loop needs of a device.</summary>
sealed record EngineDevice(int Vocabulary, int KvBlocks, int BlockSize, long BlockBytes, StepCost Cost, Action<StepBatch> Run, LogitsOfRow Logits, int HiddenWidth, LogitsOfRow Hidden)
{
    /// <summary>By which kernels a step ran.</summary>
    public IReadOnlyList<KernelLog> Kernels { get; init; } = [];

    public static EngineDevice From(CpuDevice device) =>
        new(device.Vocabulary, device.Cache.Blocks, KvCache.BlockSize, device.Cache.BlockBytes, device.StepCost(), device.Run, row => device.Logits(row), device.HiddenWidth, row => device.Hidden(row)) { Kernels = device.Kernels };
}
