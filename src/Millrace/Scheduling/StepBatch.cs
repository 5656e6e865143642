namespace Millrace.Scheduling;

/// <summary>One sequence's part of a step: tokens that stand one after the other in the batch and in the sequence.</summary>
/// <param name="First">Index of its first token in the batch.</param>
/// <param name="Count">How many tokens, at least 1.</param>
/// <param name="Position">Position in the sequence of its first token: the number of tokens already in the cache.</param>
/// <param name="Blocks">The sequence's KV blocks: token at position p is in slot p % blockSize of block <c>Blocks[p / blockSize]</c>. Covers at least Position + Count tokens.</param>
/// <param name="LogitRows">How many of its last tokens want logits, 0 to Count.</param>
/// <param name="Hidden">Whether they want the hidden states after the final norm in place of logits.</param>
public readonly record struct StepSlice(int First, int Count, int Position, IReadOnlyList<int> Blocks, int LogitRows, bool Hidden = false);

/// <summary>What one step computes: a ragged batch of tokens from many sequences. Reused from step to step; the device reads it, the scheduler fills it.</summary>
public sealed class StepBatch
{
    /// <summary>The tokens of all slices, in order.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>The sequences' parts, in order; they cover <see cref="Tokens"/> without gaps.</summary>
    public List<StepSlice> Slices { get; } = [];

    /// <summary>Blocks to copy (from, to), one after the other, before anything runs: copy on write.</summary>
    public List<(int From, int To)> Copies { get; } = [];

    /// <summary>Rows of logits the step makes: slice by slice, in order.</summary>
    public int LogitRows
    {
        get
        {
            int rows = 0;
            foreach (StepSlice slice in Slices)
            {
                rows += slice.LogitRows;
            }

            return rows;
        }
    }

    /// <summary>Empties the batch.</summary>
    public void Clear()
    {
        Tokens.Clear();
        Slices.Clear();
        Copies.Clear();
    }
}
