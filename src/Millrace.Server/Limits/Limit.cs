namespace Millrace.Server.Limits;

/// <summary>A limit of a key.</summary>
public enum Limit
{
    /// <summary>Requests in a minute.</summary>
    Requests,

    /// <summary>Tokens in a minute.</summary>
    Tokens,

    /// <summary>Requests at a time.</summary>
    Concurrency,

    /// <summary>Money.</summary>
    Budget,
}
