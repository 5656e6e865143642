namespace Millrace.Scheduling;

/// <summary>The bounds of a step.</summary>
public sealed record SchedulerOptions
{
    /// <summary>Tokens in a step, at least 1. Also the largest piece in which a prompt is computed.</summary>
    public int StepTokens { get; init; } = 512;

    /// <summary>Sequences that run together, at least 1.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>Rows of logits in a step, at least 1.</summary>
    public int StepLogits { get; init; } = 512;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(StepTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StepLogits, 1);
    }
}
