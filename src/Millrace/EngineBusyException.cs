namespace Millrace;

/// <summary>The engine's queue is full, or so long that the first token would come too late. Nothing is wrong with the request; it may come again.</summary>
public sealed class EngineBusyException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="queuedRequests">Requests that wait.</param>
    /// <param name="queuedTokens">Tokens of their prompts.</param>
    /// <param name="retryAfter">When there should be room, by how long requests have taken of late.</param>
    public EngineBusyException(int queuedRequests, long queuedTokens, TimeSpan retryAfter)
        : base($"too much waits: {queuedRequests} requests with {queuedTokens} prompt tokens wait")
    {
        QueuedRequests = queuedRequests;
        QueuedTokens = queuedTokens;
        RetryAfter = retryAfter;
    }

    /// <summary>Requests that wait.</summary>
    public int QueuedRequests { get; }

    /// <summary>Tokens of their prompts.</summary>
    public long QueuedTokens { get; }

    /// <summary>When there should be room.</summary>
    public TimeSpan RetryAfter { get; }
}
