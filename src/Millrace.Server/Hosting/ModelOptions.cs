using Millrace.Devices.Cpu;
using Millrace.Kernels;

namespace Millrace.Server.Hosting;

/// <summary>How a model runs.</summary>
public record ModelSettings
{
    /// <summary>Tokens of context of one sequence; null is the model's own, at most 4,096.</summary>
    public int? Context { get; init; }

    /// <summary>Sequences that run together.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Requests that may wait for their first step, however long they are willing to; what comes beyond is 503.</summary>
    public int Queue { get; init; } = 256;

    /// <summary>Threads that compute; null is as many as the process may use.</summary>
    public int? Threads { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KvType KvType { get; init; } = KvType.F16;

    /// <summary>Where weights are.</summary>
    public WeightMode Weights { get; init; }

    /// <summary>Where panels are kept; needed if they are to be.</summary>
    public string? PanelFolder { get; init; }

    /// <summary>Bytes of KV cache at most; null is enough for <see cref="Parallel"/> sequences of a whole context, at most a quarter of <see cref="ServerOptions.MemoryLimit"/> and what else is left of it, and at least enough for one sequence.</summary>
    public long? KvBytes { get; init; }

    /// <summary>How long it stays loaded after its last request; <see cref="Timeout.InfiniteTimeSpan"/> is for ever. Null is for ever for the models of <see cref="ServerOptions.Models"/>, and five minutes for others.</summary>
    public TimeSpan? KeepAlive { get; init; }
}

/// <summary>A model that the server offers, and how it runs.</summary>
public sealed record ModelOptions : ModelSettings
{
    /// <summary>Options still to be filled in.</summary>
    public ModelOptions()
    {
    }

    /// <summary>Options with settings that are known.</summary>
    public ModelOptions(ModelSettings settings)
        : base(settings)
    {
    }

    /// <summary>The name that requests give.</summary>
    public required string Name { get; init; }

    /// <summary>A GGUF file or a Hugging Face folder.</summary>
    public required string Path { get; init; }
}
