namespace Millrace.Server.Ledger;

/// <summary>What ended a request. The numbers are stored.</summary>
public enum Ending
{
    /// <summary>A stop token or string.</summary>
    Stop = 1,

    /// <summary>It has as many tokens as were asked for.</summary>
    Length = 2,

    /// <summary>It was cancelled: by its caller, a deadline, or a drain.</summary>
    Cancelled = 3,

    /// <summary>Its reader went away.</summary>
    Disconnected = 4,

    /// <summary>The server failed at it.</summary>
    Error = 5,

    /// <summary>The process died; settled at the next start from the last mark on disk.</summary>
    Crashed = 6,
}
