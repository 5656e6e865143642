namespace Millrace.Scheduling;

/// <summary>What a sequence wants of the scheduler besides its tokens.</summary>
public sealed record SequenceOptions
{
    /// <summary>Higher goes first, and takes blocks and places from lower.</summary>
    public int Priority { get; init; }

    /// <summary>Cached blocks are shared only between sequences of equal salt.</summary>
    public long Salt { get; init; }

    /// <summary>The first position whose logits are wanted, of the prompt's positions; by default its last, which is what generating needs. 0 asks for all of them.</summary>
    public int? LogitsFrom { get; init; }

    /// <summary>Whom it belongs to; the scheduler does not look at it.</summary>
    public object? Owner { get; init; }
}
