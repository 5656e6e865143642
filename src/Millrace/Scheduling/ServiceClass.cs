namespace Millrace.Scheduling;

/// <summary>How soon a request wants its tokens. Higher classes go first in everything, and take blocks and places from lower ones. The numbers are stored by who keeps records.</summary>
public enum ServiceClass
{
    /// <summary>Whenever there is nothing else to do.</summary>
    Batch = 0,

    /// <summary>Soon.</summary>
    Standard = 1,

    /// <summary>Somebody waits for each token.</summary>
    Realtime = 2,
}
