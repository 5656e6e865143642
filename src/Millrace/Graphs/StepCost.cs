namespace Millrace.Graphs;

/// <summary>What one sequence's part of a step costs by itself.</summary>
/// <param name="KvBytesRead">Bytes of keys and values read.</param>
/// <param name="KvBytesWritten">Bytes of keys and values written.</param>
/// <param name="Flops">Operations; a multiply-add is two.</param>
public readonly record struct SliceCost(long KvBytesRead, long KvBytesWritten, long Flops);

/// <summary>The costs that a plan's ops state, in whole numbers and without an allocation: what <see cref="Plan.Cost"/> says of a step, for a loop that asks at every step. The head's weights count once for each slice of rows that it runs over.</summary>
public sealed class StepCost
{
    readonly long[] _bodyWeights; // [tokens], while experts are still added by more tokens; linear from there on
    readonly long _headWeights;
    readonly int _headRows;
    readonly long _kvBytesPerToken, _flopsPerToken, _flopsPerRow;
    readonly (int Window, long Bytes, long Flops)[] _keys; // of one key, for each window that layers have

    internal StepCost(long[] bodyWeights, long headWeights, int headRows, long kvBytesPerToken, long flopsPerToken, long flopsPerRow, (int Window, long Bytes, long Flops)[] keys)
    {
        _bodyWeights = bodyWeights;
        _headWeights = headWeights;
        _headRows = headRows;
        _kvBytesPerToken = kvBytesPerToken;
        _flopsPerToken = flopsPerToken;
        _flopsPerRow = flopsPerRow;
        _keys = keys;
    }

    /// <summary>Operations of a token, attention and head left out.</summary>
    internal long FlopsPerToken => _flopsPerToken;

    /// <summary>Bytes and operations of one key, for each window that layers have.</summary>
    internal IReadOnlyList<(int Window, long Bytes, long Flops)> Keys => _keys;

    /// <summary>Takes the coefficients from the ops of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="kvBytesPerNumber">Bytes of one number in the KV cache, its share of a scale included.</param>
    /// <param name="headRows">Rows over which the head runs at a time.</param>
    public static StepCost Of(Plan plan, double kvBytesPerNumber, int headRows)
    {
        int saturated = plan.Body.OfType<RouteOp>().Select(op => (op.Logits.Width + op.ExpertsUsed - 1) / op.ExpertsUsed).DefaultIfEmpty(1).Max();
        StepShape Tokens(int count) => new([(0, count)], 1, kvBytesPerNumber);
        OpCost token = Sum(plan.Body.Where(op => op is not AttentionOp), Tokens(1));
        OpCost row = Sum(plan.Head, Tokens(1));
        return new(
            [0, .. Enumerable.Range(1, saturated + 1).Select(count => (long)Sum(plan.Body, Tokens(count)).WeightBytes)],
            (long)row.WeightBytes,
            headRows,
            (long)token.KvBytes,
            (long)token.Flops,
            (long)row.Flops,
            [.. plan.Body.OfType<AttentionOp>().GroupBy(op => op.Shape.Window).Select(layers => (layers.Key, Sum(layers, Tokens(1)))).Select(key =>
                (key.Key, (long)key.Item2.KvBytes, (long)key.Item2.Flops))]);
    }

    /// <summary>Bytes of weights that the body reads in a step of so many tokens.</summary>
    public long BodyWeightBytes(int tokens)
    {
        int last = _bodyWeights.Length - 1;
        return tokens <= last ? _bodyWeights[tokens] : _bodyWeights[last] + (_bodyWeights[last] - _bodyWeights[last - 1]) * (tokens - last);
    }

    /// <summary>Bytes of weights that the head reads for so many rows of logits.</summary>
    public long HeadWeightBytes(int rows) => (rows + _headRows - 1L) / _headRows * _headWeights;

    /// <summary>What one sequence's part costs by itself.</summary>
    /// <param name="position">Tokens in the cache before it.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="rows">Rows of logits.</param>
    public SliceCost Slice(int position, int count, int rows)
    {
        long read = 0;
        long flops = _flopsPerToken * count + _flopsPerRow * rows;
        foreach ((int window, long keyBytes, long keyFlops) in _keys)
        {
            read += keyBytes * Cached(position, count, window);
            flops += keyFlops * Attended(position, count, window);
        }

        return new(read, _kvBytesPerToken * count, flops);
    }

    /// <summary>Σ of the keys that each token sees: min(window, p + 1) over the positions p.</summary>
    /// <param name="position">Tokens in the cache before them.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="window">0 for none.</param>
    public static long Attended(int position, int count, int window)
    {
        long growing = window > 0 ? Math.Clamp(window - position, 0, count) : count; // tokens that see all before them
        return growing * (position + 1) + growing * (growing - 1) / 2 + (count - growing) * window;
    }

    /// <summary>Keys in the cache that any of the tokens sees.</summary>
    /// <param name="position">Tokens in the cache before them.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="window">0 for none.</param>
    public static long Cached(int position, int count, int window) => window > 0 ? Math.Min((long)position + count, window + count - 1L) : (long)position + count;

    static OpCost Sum(IEnumerable<Op> ops, StepShape step) => ops.Aggregate(default(OpCost), (sum, op) => sum + op.Cost(step));
}
