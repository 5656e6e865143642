namespace Millrace.Server.Keys;

/// <summary>How soon a request is served. The numbers are stored.</summary>
public enum ServiceClass
{
    /// <summary>Somebody waits for every token.</summary>
    Realtime = 0,

    /// <summary>The usual.</summary>
    Standard = 1,

    /// <summary>Whenever there is room.</summary>
    Batch = 2,
}
