namespace Millrace;

/// <summary>The engine's queue is full. Nothing is wrong with the request; it may come again.</summary>
public sealed class EngineBusyException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="queuedRequests">Requests that wait.</param>
    /// <param name="queuedTokens">Tokens of their prompts.</param>
    /// <param name="retryAfter">When there should be room, by the rate at which requests have begun of late.</param>
    public EngineBusyException(int queuedRequests, long queuedTokens, TimeSpan retryAfter)
        : base($"the queue is full: {queuedRequests} requests with {queuedTokens} prompt tokens wait")
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
