namespace Millrace.Graphs;

/// <summary>What a step computes, as far as its cost goes.</summary>
/// <param name="Slices">For each sequence: tokens already in the cache, and tokens added.</param>
/// <param name="LogitRows">Rows of logits.</param>
/// <param name="KvBytesPerNumber">Bytes of one number in the KV cache, its share of a scale included.</param>
public sealed record StepShape(IReadOnlyList<(int Position, int Count)> Slices, int LogitRows, double KvBytesPerNumber)
{
    /// <summary>Tokens in all.</summary>
    public int Tokens { get; } = Slices.Sum(slice => slice.Count);

    /// <summary>Σ over tokens of the keys that each sees.</summary>
    /// <param name="window">The last keys that a token sees, itself included, or 0 for all.</param>
    public double AttendedKeys(int window) => Slices.Sum(slice =>
        Enumerable.Range(slice.Position + 1, slice.Count).Sum(keys => (double)(window > 0 ? Math.Min(window, keys) : keys)));

    /// <summary>Σ over sequences of the keys that the cache holds and a token sees.</summary>
    public double CachedKeys(int window) => Slices.Sum(slice =>
        (double)(window > 0 ? Math.Min(slice.Position + slice.Count, window + slice.Count - 1) : slice.Position + slice.Count));

    /// <summary>Rows of a domain.</summary>
    /// <param name="domain">Which rows.</param>
    /// <param name="expertsUsed">Experts for each token.</param>
    public int Rows(RowDomain domain, int expertsUsed = 1) => domain switch
    {
        RowDomain.Tokens => Tokens,
        RowDomain.ExpertRows => Tokens * expertsUsed,
        _ => LogitRows,
    };
}

/// <summary>What an op costs in one step.</summary>
/// <param name="WeightBytes">Weights read.</param>
/// <param name="KvBytes">KV cache read and written.</param>
/// <param name="ActivationBytes">Activations read and written.</param>
/// <param name="Flops">Floating-point (or integer) operations; a multiply-add is two.</param>
public readonly record struct OpCost(double WeightBytes, double KvBytes, double ActivationBytes, double Flops)
{
    /// <summary>Bytes that must come from memory however large the caches: weights and KV. Activations stay in cache.</summary>
    public double MemoryBytes => WeightBytes + KvBytes;

    /// <summary>The sum of two.</summary>
    public static OpCost operator +(OpCost a, OpCost b) =>
        new(a.WeightBytes + b.WeightBytes, a.KvBytes + b.KvBytes, a.ActivationBytes + b.ActivationBytes, a.Flops + b.Flops);

    /// <summary>The sum of two.</summary>
    public static OpCost Add(OpCost left, OpCost right) => left + right;
}
