namespace Millrace.Cli.ServeBench;

/// <summary>What became of one request. Times are timestamps of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
sealed class RequestRecord
{
    /// <summary>When it should have been sent; 0 in a closed loop.</summary>
    public long DueAt { get; init; }

    /// <summary>When it was sent.</summary>
    public long SentAt { get; set; }

    /// <summary>How often it was sent again because its connection closed before an answer.</summary>
    public int Resent { get; set; }

    /// <summary>When its last event came, or its failure was known.</summary>
    public long EndedAt { get; set; }

    /// <summary>When each event with text came.</summary>
    public List<long> TextAt { get; } = [];

    /// <summary>The status of the answer; 0 where there was none.</summary>
    public int Status { get; set; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Error { get; set; }

    /// <summary>Seconds after which the server wants to be asked again; -1 where it does not say.</summary>
    public double RetryAfter { get; set; } = -1;

    /// <summary>Tokens of the prompt: the server's count, or else what was planned.</summary>
    public int InputTokens { get; set; }

    /// <summary>Tokens of the prompt that the server had in its cache.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Tokens of the answer: the server's count, or else its events with text.</summary>
    public int OutputTokens { get; set; }

    /// <summary>Whether the answer came whole.</summary>
    public bool Succeeded => Error is null;

    /// <summary>What failures are counted by: the status, or "no answer", or "stream" where it broke off.</summary>
    public string FailureKind => Status switch
    {
        0 => "no answer",
        200 => "broken stream",
        _ => $"status {Status}",
    };
}
