using Millrace.Graphs;
using Millrace.Kernels;

namespace Millrace.Devices.Cpu;

/// <summary>How a model runs on this processor.</summary>
public sealed record CpuOptions
{
    /// <summary>Threads that compute; by default the processors that the process may use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Tokens of context that a sequence can have; it decides between the two factors of a long rope, and the scratch of attention.</summary>
    public int Context { get; init; } = 4096;

    /// <summary>How keys and values are kept.</summary>
    public KvType KvType { get; init; } = KvType.F16;

    /// <summary>KV blocks in all; by default as many as one context needs.</summary>
    public int? KvBlocks { get; init; }

    /// <summary>Tokens of a step.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>Rows of logits computed together.</summary>
    public int HeadRows { get; init; } = 16;

    /// <summary>Where weights are while the model runs.</summary>
    public WeightMode Weights { get; init; }

    /// <summary>Whether the first step takes weights from the file as <see cref="WeightMode.LowMemory"/> does, and panels are laid out behind it: the first token comes sooner by more than it delays the second. Of no effect in other modes.</summary>
    public bool FirstStepFromFile { get; init; }

    /// <summary>Whether a step can take weights from the file.</summary>
    internal bool ReadsFile => Weights == WeightMode.LowMemory || (Weights == WeightMode.Panels && FirstStepFromFile);

    /// <summary>Where panels are kept; needed if they are to be.</summary>
    public string? PanelFolder { get; init; }

    /// <summary>The fusions.</summary>
    public Fusions Fusions { get; init; } = Fusions.All;
}
