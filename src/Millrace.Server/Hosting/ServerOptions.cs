using Millrace.Kernels;

namespace Millrace.Server.Hosting;

/// <summary>How the server runs.</summary>
public sealed record ServerOptions
{
    /// <summary>The address it listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port it listens on; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The models it offers. The first answers requests that name none, where an API allows that.</summary>
    public IReadOnlyList<ModelOptions> Models { get; init; } = [];

    /// <summary>The folder of its state: keys, ledger, pulled models.</summary>
    public required string Home { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>A model that the server offers, and how it runs.</summary>
public sealed record ModelOptions
{
    /// <summary>The name that requests give.</summary>
    public required string Name { get; init; }

    /// <summary>A GGUF file or a Hugging Face folder.</summary>
    public required string Path { get; init; }

    /// <summary>Tokens of context of one sequence; null is the model's own, at most 4,096.</summary>
    public int? Context { get; init; }

    /// <summary>Sequences that run together.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Threads that compute; null is as many as the process may use.</summary>
    public int? Threads { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KvType KvType { get; init; } = KvType.F16;

    /// <summary>Bytes of KV cache at most; null is enough for <see cref="Parallel"/> sequences of a whole context, at most a quarter of the machine's memory.</summary>
    public long? KvBytes { get; init; }
}
