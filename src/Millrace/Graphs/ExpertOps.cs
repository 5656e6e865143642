using Millrace.Kernels;

namespace Millrace.Graphs;

/// <summary>How a router's logits become weights.</summary>
public enum RouterKind
{
    /// <summary>Softmax over all experts, the best chosen, their weights scaled to sum 1 (Mixtral, Qwen3-MoE).</summary>
    SoftmaxThenTop,

    /// <summary>The best chosen, softmax over them (gpt-oss).</summary>
    TopThenSoftmax,

    /// <summary>Softmax over all experts; the best chosen in the best groups, their weights as they are (DeepSeek V2).</summary>
    SoftmaxOfGroups,

    /// <summary>A sigmoid of each logit; the best chosen, with a bias on the choice, in the best groups, their weights scaled to sum 1 (DeepSeek V3).</summary>
    SigmoidOfGroups,
}

/// <summary>Experts in groups, of which a token sees only some.</summary>
/// <param name="Count">Groups.</param>
/// <param name="Used">Those that a token sees.</param>
/// <param name="Scale">Factor on the weights.</param>
/// <param name="Bias">Added to the scores for the choice alone, or null.</param>
public sealed record ExpertGroups(int Count, int Used, float Scale, VectorRef? Bias = null);

/// <summary>Chooses experts for each token and sorts the (token, expert) pairs by expert.</summary>
public sealed record RouteOp(string Name, Value Logits, RouterKind Router, int ExpertsUsed, Value Routing, ExpertGroups? Groups = null) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Logits];

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => Groups?.Bias is { } bias ? [bias] : [];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Routing];

    /// <inheritdoc/>
    public override string Kind => "route";
}

/// <summary>Quantizes a token's row once for each expert that it goes to, in the order of the experts.</summary>
public sealed record ScatterOp(string Name, Value Input, Value Routing, int ExpertsUsed, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input, Routing];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override string Kind => "scatter+quantize";
}

/// <summary>The matrices of all experts for one use, their biases, and the number that each one's product is multiplied with.</summary>
public sealed record ExpertWeights(IReadOnlyList<WeightRef> Experts, IReadOnlyList<VectorRef>? Biases, IReadOnlyList<VectorRef>? Scales)
{
    /// <summary>Biases and scales.</summary>
    public IEnumerable<VectorRef> Vectors => (Biases ?? []).Concat(Scales ?? []);

    /// <summary>Bytes that a step reads when its tokens go to as many different experts as they can.</summary>
    public double BytesTouched(int rows) => (double)Experts[0].Bytes * Math.Min(rows, Experts.Count);
}

/// <summary>y = act(gate·x) · (up·x), each row with its expert's matrices.</summary>
public sealed record ExpertGateOp(string Name, Value Input, Value Routing, ExpertWeights Gate, ExpertWeights Up, GateKind Activation, int ExpertsUsed, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input, Routing];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Gate.Experts.Concat(Up.Experts);

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => Gate.Vectors.Concat(Up.Vectors);

    /// <inheritdoc/>
    public override string Kind => "experts matmul×2+gate";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step)
    {
        int rows = step.Tokens * ExpertsUsed;
        return new(Gate.BytesTouched(rows) + Up.BytesTouched(rows), 0, ActivationBytes(step), 4.0 * Input.Width * Output.Width * rows);
    }
}

/// <summary>y[token] = Σ over its experts, in the order of choice, of weight · (down·x).</summary>
public sealed record ExpertDownOp(string Name, Value Input, Value Routing, ExpertWeights Down, int ExpertsUsed, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input, Routing];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Down.Experts;

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => Down.Vectors;

    /// <inheritdoc/>
    public override string Kind => "experts matmul+sum";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step)
    {
        int rows = step.Tokens * ExpertsUsed;
        return new(Down.BytesTouched(rows), 0, ActivationBytes(step), 2.0 * Input.Width * Output.Width * rows);
    }
}
