namespace Millrace.Graphs;

/// <summary>Queries of latent attention, brought to the width of what the cache holds: for each head W·q‖rotate(r), of the head's numbers q that carry no position and the rest r that do.</summary>
/// <remarks>DeepSeek-AI 2024 (multi-head latent attention); the key's matrix is absorbed into the query, so that attention reads latent vectors alone.</remarks>
/// <param name="Name">Where it stands.</param>
/// <param name="Input">[tokens, heads · (q + r)].</param>
/// <param name="Weight">The heads' matrices under one another, each <c>[latent, q]</c>.</param>
/// <param name="Rope">The rotation of r.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="Output">[tokens, heads · (latent + r)].</param>
public sealed record LatentQueryOp(string Name, Value Input, WeightRef Weight, Rope Rope, int Heads, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override string Kind => "latent query";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with
    {
        Flops = (2.0 * Weight.Rows * Weight.Columns + 3.0 * Heads * Rope.Dimensions) * step.Tokens,
    };
}

/// <summary>The one key of all heads: norm(latent)‖rotate(r).</summary>
/// <param name="Name">Where it stands.</param>
/// <param name="Input">[tokens, latent + r].</param>
/// <param name="Norm">The weight of the latent part's norm.</param>
/// <param name="Epsilon">Added to its mean square.</param>
/// <param name="Rope">The rotation of r.</param>
/// <param name="Output">As wide.</param>
public sealed record LatentKeyOp(string Name, Value Input, VectorRef Norm, float Epsilon, Rope Rope, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => [Norm];

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => (Input, Output);

    /// <inheritdoc/>
    public override string Kind => "latent key";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = (4.0 * Norm.Length + 3.0 * Rope.Dimensions) * step.Tokens };
}

/// <summary>What attention found of each head, brought from latent vectors to values: W·x with the head's matrix.</summary>
/// <param name="Name">Where it stands.</param>
/// <param name="Input">[tokens, heads · latent].</param>
/// <param name="Weight">The heads' matrices under one another, each <c>[value, latent]</c>.</param>
/// <param name="Output">[tokens, heads · value].</param>
public sealed record LatentValueOp(string Name, Value Input, WeightRef Weight, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => [Weight];

    /// <inheritdoc/>
    public override string Kind => "latent value";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = 2.0 * Weight.Rows * Weight.Columns * step.Tokens };
}
