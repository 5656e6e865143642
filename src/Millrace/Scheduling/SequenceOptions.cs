namespace Millrace.Scheduling;

/// <summary>What a sequence wants of the scheduler besides its tokens.</summary>
public sealed record SequenceOptions
{
    /// <summary>Its class: higher goes first, and takes blocks and places from lower.</summary>
    public ServiceClass Class { get; init; } = ServiceClass.Standard;

    /// <summary>Within a class as classes among each other.</summary>
    public int Priority { get; init; }

    /// <summary>Who asks: of those that wait in a class and priority, the tenant that was served least comes first.</summary>
    public long Tenant { get; init; }

    /// <summary>The tenant's share relative to others', at least 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Whether hidden states are wanted in place of logits.</summary>
    public bool Hidden { get; init; }

    /// <summary>Cached blocks are shared only between sequences of equal salt.</summary>
    public long Salt { get; init; }

    /// <summary>The first position whose logits are wanted, of the prompt's positions; by default its last, which is what generating needs. 0 asks for all of them.</summary>
    public int? LogitsFrom { get; init; }

    /// <summary>Whom it belongs to; the scheduler does not look at it.</summary>
    public object? Owner { get; init; }
}
