namespace Millrace.Tokenization;

/// <summary>The tokens of a vocabulary that have a role of their own, and which of them an encoding gets by itself. Null where the vocabulary has none.</summary>
public sealed record SpecialTokens
{
    /// <summary>Begins a sequence.</summary>
    public int? Bos { get; init; }

    /// <summary>Ends a sequence.</summary>
    public int? Eos { get; init; }

    /// <summary>Ends a turn of a conversation.</summary>
    public int? Eot { get; init; }

    /// <summary>Ends a message that is to be continued by a tool's answer.</summary>
    public int? Eom { get; init; }

    /// <summary>Stands for text the vocabulary cannot express.</summary>
    public int? Unknown { get; init; }

    /// <summary>Separates two texts.</summary>
    public int? Separator { get; init; }

    /// <summary>Fills a batch.</summary>
    public int? Padding { get; init; }

    /// <summary>Stands for a hidden token.</summary>
    public int? Mask { get; init; }

    /// <summary>Whether an encoding with special tokens begins with <see cref="Bos"/>.</summary>
    public bool AddBos { get; init; }

    /// <summary>Whether an encoding with special tokens ends with <see cref="Eos"/>.</summary>
    public bool AddEos { get; init; }

    /// <summary>Whether an encoding with special tokens ends with <see cref="Separator"/>.</summary>
    public bool AddSeparator { get; init; }
}
