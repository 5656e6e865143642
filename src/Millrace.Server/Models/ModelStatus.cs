using Millrace.Devices.Cpu;
using Millrace.Server.Hosting;

namespace Millrace.Server.Models;

/// <summary>Where a model stands.</summary>
public enum ModelState
{
    /// <summary>On disk alone.</summary>
    Unloaded,

    /// <summary>On its way into memory.</summary>
    Loading,

    /// <summary>In memory.</summary>
    Loaded,

    /// <summary>Its last requests run; then it goes.</summary>
    Unloading,
}

/// <summary>A model that is offered, and where it stands.</summary>
public sealed record ModelStatus
{
    /// <summary>Its name, and how it runs.</summary>
    public required ModelOptions Options { get; init; }

    /// <summary>What its header says; null where it cannot be read.</summary>
    public required ModelDetails? Details { get; init; }

    /// <summary>Where it stands.</summary>
    public required ModelState State { get; init; }

    /// <summary>How much of it is loaded, 0 to 1.</summary>
    public double Progress { get; init; }

    /// <summary>Tokens of context of one sequence; null where it is not loaded.</summary>
    public int? Context { get; init; }

    /// <summary>What it takes; null where it is not loaded.</summary>
    public CpuMemoryNeeds? Needs { get; init; }

    /// <summary>Requests that hold it or wait for it.</summary>
    public int Requests { get; init; }

    /// <summary>When it will be unloaded if no request comes; null where it is not loaded, or stays for ever.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What runs it, to look at; null while it is not loaded.</summary>
    internal Engine? Engine { get; init; }

    /// <summary>Whether its files have changed since it was loaded: it serves what was loaded until it is unloaded.</summary>
    public bool IsChanged { get; init; }

    /// <summary>The name that requests give.</summary>
    public string Name => Options.Name;
}
