namespace Millrace.Server.Store;

/// <summary>Where models come from, and how patient to be with it.</summary>
public sealed record PullOptions
{
    /// <summary>The hub, or a mirror of it.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>What opens private and gated models. It is sent to the endpoint and to no other host.</summary>
    public string? Token { get; init; }

    /// <summary>Branch, tag or commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Connections for a file.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>Bytes asked for at a time; what a broken pull has of one is fetched again.</summary>
    public int ChunkBytes { get; init; } = 16 << 20;

    /// <summary>How long no byte may come.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries of a request that brings nothing.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The pause before the second try; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause that is made, the hub's own wish included: one that asks for more is given up.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>What is being done with a file.</summary>
public enum PullStage
{
    /// <summary>Another process fetches it.</summary>
    Waiting,

    /// <summary>It is fetched.</summary>
    Fetching,

    /// <summary>Its digest is computed.</summary>
    Verifying,

    /// <summary>It is there.</summary>
    Done,
}

/// <summary>How far a file has come.</summary>
/// <param name="File">Its path in the model.</param>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Bytes done of it.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct PullProgress(string File, PullStage Stage, long Done, long Total);
