namespace Millrace.Scheduling;

/// <summary>How soon a request wants its tokens. Higher classes go first in everything, and take blocks and places from lower ones.</summary>
public enum ServiceClass
{
    /// <summary>Whenever there is nothing else to do.</summary>
    Batch,

    /// <summary>Soon.</summary>
    Standard,

    /// <summary>Somebody waits for each token.</summary>
    Realtime,
}
