namespace Millrace.Graphs;

/// <summary>A node of the graph. Ops are values: a pass makes new ones.</summary>
/// <param name="Name">Where it stands in the model, for people: <c>blk.3.attn_norm</c>.</param>
public abstract record Op(string Name)
{
    /// <summary>What it reads.</summary>
    public abstract IEnumerable<Value> Inputs { get; }

    /// <summary>What it makes.</summary>
    public abstract IEnumerable<Value> Outputs { get; }

    /// <summary>Matrices that it reads.</summary>
    public virtual IEnumerable<WeightRef> Weights => [];

    /// <summary>Vectors that it reads.</summary>
    public virtual IEnumerable<VectorRef> Vectors => [];

    /// <summary>An input whose memory an output may take over where nothing reads the input later, or null.</summary>
    public virtual (Value Input, Value Output)? InPlace => null;

    /// <summary>What it is, in a word or two, with what was fused into it.</summary>
    public abstract string Kind { get; }

    /// <summary>Its cost in a step.</summary>
    public virtual OpCost Cost(StepShape step) => new(Weights.Sum(weight => (double)weight.Bytes) + Vectors.Sum(vector => (double)vector.Bytes), 0, ActivationBytes(step), 0);

    /// <summary>Activations read and written in a step.</summary>
    protected double ActivationBytes(StepShape step) => Inputs.Concat(Outputs).Sum(value => value.RowBytes * step.Rows(value.Rows));
}

/// <summary>Looks up the rows of a table: x[token] = table[id] · scale.</summary>
public sealed record EmbedOp(string Name, WeightRef Table, float Scale, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Table];

    /// <inheritdoc/>
    public override string Kind => "embed";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => new((double)Table.Bytes / Table.Rows * step.Tokens, 0, ActivationBytes(step), 0);
}

/// <summary>Root-mean-square norm (Zhang and Sennrich 2019) over each of <paramref name="Groups"/> equal parts of a row: y = x / sqrt(mean(x²) + ε) · w. <paramref name="Output"/> is absent where only the quantized forms are read.</summary>
public sealed record NormOp(string Name, Value Input, VectorRef Weight, float Epsilon, int Groups, Value? Output, IReadOnlyList<Value> Quantized) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => Output is null ? Quantized : [Output, .. Quantized];

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => [Weight];

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => Output is null ? null : (Input, Output);

    /// <inheritdoc/>
    public override string Kind => Quantized.Count > 0 ? "norm+quantize" : "norm";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = 4.0 * Input.Width * step.Rows(Input.Rows) };
}

/// <summary>Brings rows into the form that a product wants; of rows of experts, those that <paramref name="Routing"/> uses.</summary>
public sealed record QuantizeOp(string Name, Value Input, Value Output, Value? Routing = null) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => Routing is null ? [Input] : [Input, Routing];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override string Kind => "quantize";
}

/// <summary>y = a + b.</summary>
public sealed record AddOp(string Name, Value A, Value B, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [A, B];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => (A, Output);

    /// <inheritdoc/>
    public override string Kind => "add";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = (double)Output.Width * step.Rows(Output.Rows) };
}

/// <summary>Keeps the rows whose logits are wanted. What follows it is the head.</summary>
public sealed record SelectRowsOp(string Name, Value Input, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override string Kind => "select rows";
}
