namespace Millrace;

/// <summary>A text as a vector.</summary>
/// <param name="Vector">[width], of length 1.</param>
/// <param name="Generation">The request that it came from, ended: its usage, timings and consumption.</param>
public sealed record Embedding(float[] Vector, Generation Generation);

/// <summary>How the hidden states of a text's tokens become one vector.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean = 1,

    /// <summary>The first token's.</summary>
    First = 2,

    /// <summary>The last token's.</summary>
    Last = 3,
}
