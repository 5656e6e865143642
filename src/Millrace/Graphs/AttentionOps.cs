namespace Millrace.Graphs;

/// <summary>A rotation of pairs of a head's numbers by angles that grow with the position (Su et al. 2021). All kinds of scaling come down to the frequencies and one factor.</summary>
/// <param name="Dimensions">How many of a head's numbers turn: twice the frequencies.</param>
/// <param name="NeoX">Pairs are (i, i + Dimensions/2), else (2i, 2i+1).</param>
/// <param name="Frequencies">Radians for each position, one for each pair.</param>
/// <param name="Magnitude">Factor on sine and cosine (YaRN's attention temperature).</param>
public sealed record Rope(int Dimensions, bool NeoX, IReadOnlyList<double> Frequencies, float Magnitude);

/// <summary>The geometry of an attention layer.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads; each serves Heads / KvHeads query heads in order.</param>
/// <param name="HeadDim">Width of a query or key head.</param>
/// <param name="ValueDim">Width of a value head.</param>
/// <param name="Scale">Factor on the scores.</param>
/// <param name="Window">The last positions that a token sees, itself included; 0 for all.</param>
/// <param name="Sinks">One logit for each head that takes part in the softmax and stands for nothing, or null (gpt-oss).</param>
/// <param name="ValuesInKeys">Whether a value is the first numbers of its key, so that the cache holds keys alone (latent attention).</param>
public sealed record AttentionShape(int Heads, int KvHeads, int HeadDim, int ValueDim, float Scale, int Window = 0, VectorRef? Sinks = null, bool ValuesInKeys = false)
{
    /// <summary>Numbers that the cache holds of a token.</summary>
    public int CachedNumbers => KvHeads * (HeadDim + (ValuesInKeys ? 0 : ValueDim));
}

/// <summary>Turns each head of a row.</summary>
public sealed record RopeOp(string Name, Value Input, Rope Rope, int Heads, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => (Input, Output);

    /// <inheritdoc/>
    public override string Kind => "rope";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = 3.0 * Heads * Rope.Dimensions * step.Tokens };
}

/// <summary>Puts keys and values into the KV cache. Its output stands for the cache's state: attention reads it.</summary>
public sealed record KvStoreOp(string Name, int Layer, AttentionShape Shape, Value Key, Value Value, Value Stored) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Key, Value];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Stored];

    /// <inheritdoc/>
    public override string Kind => "store kv";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { KvBytes = Shape.CachedNumbers * step.KvBytesPerNumber * step.Tokens };
}

/// <summary>A norm of each head (where the model has one), the rotation of queries and keys, and the store of keys and values, in one pass over a token.</summary>
public sealed record RopeStoreOp(string Name, NormOp? QueryNorm, NormOp? KeyNorm, Rope? Rope, KvStoreOp Store, Value Query, Value Key, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Query, Key, Store.Value];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output, Store.Stored];

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => new[] { QueryNorm?.Weight, KeyNorm?.Weight }.OfType<VectorRef>();

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => (Query, Output);

    /// <inheritdoc/>
    public override string Kind => (QueryNorm is null && KeyNorm is null ? "" : "norm+") + "rope+store kv";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with
    {
        KvBytes = Store.Cost(step).KvBytes,
        Flops = 3.0 * (Query.Width + Key.Width) * step.Tokens,
    };
}

/// <summary>softmax(scale · q·Kᵀ)·V over the keys in the cache that a token sees.</summary>
public sealed record AttentionOp(string Name, int Layer, AttentionShape Shape, Value Query, Value Stored, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Query, Stored];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => Shape.Sinks is null ? [] : [Shape.Sinks];

    /// <inheritdoc/>
    public override string Kind => Shape.Window > 0 ? $"attention (window {Shape.Window})" : "attention";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with
    {
        KvBytes = step.CachedKeys(Shape.Window) * Shape.CachedNumbers * step.KvBytesPerNumber,
        Flops = 2.0 * step.AttendedKeys(Shape.Window) * Shape.Heads * (Shape.HeadDim + Shape.ValueDim),
    };
}
