using System.Net;
using Millrace.Devices;
using Millrace.Server.Prices;
using Millrace.Server.Store;

namespace Millrace.Server.Hosting;

/// <summary>How the server runs.</summary>
public sealed record ServerOptions
{
    /// <summary>The address it listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Host names that requests may ask for; empty is this machine's own where it listens on one of them, else any.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins of web pages that may use it, as <c>https://example.org</c>, besides its own; <c>*</c> is any.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>The port it listens on; 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>The models it offers. The first answers requests that name none, where an API allows that.</summary>
    public IReadOnlyList<ModelOptions> Models { get; init; } = [];

    /// <summary>Folders whose models are offered besides, by file name: GGUF files, and folders of Hugging Face's kind. They need not exist.</summary>
    public IReadOnlyList<string> ModelFolders { get; init; } = [];

    /// <summary>How a model runs that is not among <see cref="Models"/>: one of <see cref="ModelFolders"/>, or one that was pulled.</summary>
    public ModelSettings FolderSettings { get; init; } = new();

    /// <summary>How long a request of a class may wait for its first token; what would wait longer is 503. By default one second for realtime, two for standard, and no bound for batch.</summary>
    public FirstTokenTargets FirstToken { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), null);

    /// <summary>Bytes that all loaded models may take; null is nine tenths of what the process may use.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>The folder of its state: keys, ledger, pulled models.</summary>
    public required string Home { get; init; }

    /// <summary>Connections at most; each takes a few kilobytes while it does nothing.</summary>
    public int MaxConnections { get; init; } = 25_000;

    /// <summary>What tokens cost.</summary>
    public PriceList Prices { get; init; } = PriceList.Free;

    /// <summary>How long a client may take to read what was sent before it is cut off.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long requests may still run when the server is told to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests that have ended of which is remembered how they went.</summary>
    public int RememberedRequests { get; init; } = 1000;

    /// <summary>Where pulled models come from.</summary>
    public PullOptions Pull { get; init; } = new();

    /// <summary>The folder of pulled models.</summary>
    internal string PulledModels => Path.Combine(Home, "models");

    /// <summary>Opens what measures energy, one for each model; null where the machine does not.</summary>
    public Func<EnergyMeter?> OpenEnergyMeter { get; init; } = static () => null;

    /// <summary>Watts that the energy meter may measure on average; engines pause between steps to stay below. Null is no limit.</summary>
    public int? PowerLimit { get; init; }

    /// <summary>Watts that the machine is thought to draw while it computes, for receipts where nothing measures them.</summary>
    public int Watts { get; init; }

    /// <summary>Bytes a second that this machine reads from memory, to compare steps with; null where nobody measured it.</summary>
    public double? MemoryBandwidth { get; init; }

    /// <summary>What else sees the steps of a model, asked when it is loaded; null is nothing.</summary>
    public Func<ModelOptions, StepObserver?>? ObserveSteps { get; init; }

    /// <summary>What records a model's engine, asked when it is loaded; null is nothing.</summary>
    public Func<ModelOptions, RunRecorder?>? OpenRecorder { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Whether it can be reached from this machine only.</summary>
    public bool IsLoopback => IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address);
}
