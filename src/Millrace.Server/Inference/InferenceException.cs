namespace Millrace.Server.Inference;

/// <summary>Why a request is refused. Each API writes it in its own shape.</summary>
public enum Refusal
{
    /// <summary>A part of it is wrong (400).</summary>
    Invalid,

    /// <summary>It asks for what is not supported (400).</summary>
    NotSupported,

    /// <summary>Prompt and answer do not fit (400).</summary>
    ContextLength,

    /// <summary>No key, or a wrong one (401).</summary>
    Unauthorized,

    /// <summary>The key may not do this (403).</summary>
    Forbidden,

    /// <summary>There is no such model (404).</summary>
    ModelNotFound,

    /// <summary>There is no such thing (404).</summary>
    NotFound,

    /// <summary>The same idempotency key came with another body (409).</summary>
    Conflict,

    /// <summary>A limit of the key is reached (429).</summary>
    RateLimited,

    /// <summary>The key's budget is spent (429).</summary>
    Budget,

    /// <summary>The body is not of a type that is read here (415).</summary>
    MediaType,

    /// <summary>An administrator cancelled it (409).</summary>
    Cancelled,

    /// <summary>It was not done by the time it had to be (408).</summary>
    Deadline,

    /// <summary>The queue is full (503).</summary>
    Busy,

    /// <summary>The server cannot serve now: it drains, or a part has failed (503).</summary>
    Unavailable,
}

/// <summary>A request is refused, or ended by the server on its way.</summary>
/// <param name="refusal">Why.</param>
/// <param name="message">For the caller: no path, address, or anything of another tenant.</param>
/// <param name="cause">For the log.</param>
public sealed class InferenceException(Refusal refusal, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>The parameter at fault, by the name it has in the request.</summary>
    public string? Parameter { get; init; }

    /// <summary>What exactly is wrong, in OpenAI's words (<c>invalid_type</c>, <c>integer_above_max_value</c> …); null where the refusal says it all.</summary>
    public string? Code { get; init; }

    /// <summary>When it is worth to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
