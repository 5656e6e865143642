namespace Millrace;

/// <summary>Why a generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model drew a stop token.</summary>
    Stop,

    /// <summary>It has as many tokens as were asked for.</summary>
    Length,

    /// <summary>The reader cancelled it, or the engine was disposed.</summary>
    Cancelled,

    /// <summary>Its time was up, waiting or running; the tokens so far are good.</summary>
    Deadline,

    /// <summary>It failed; reading on throws the cause.</summary>
    Error,
}
