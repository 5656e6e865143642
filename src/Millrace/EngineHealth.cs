namespace Millrace;

/// <summary>Whether an engine works.</summary>
public enum EngineState
{
    /// <summary>It takes requests and computes.</summary>
    Ready,

    /// <summary>A step takes far longer than it should; it may still end.</summary>
    Wedged,

    /// <summary>Its bookkeeping failed: it has ended all requests and takes none.</summary>
    Faulted,

    /// <summary>It is disposed, or being so.</summary>
    Stopped,
}

/// <summary>How an engine is.</summary>
/// <param name="State">Whether it works.</param>
/// <param name="StepTime">How long the current step has taken so far; zero between steps.</param>
/// <param name="Fault">What it failed of, or null.</param>
public sealed record EngineHealth(EngineState State, TimeSpan StepTime, Exception? Fault);
