using Millrace.Kernels;

namespace Millrace.Graphs;

/// <summary>One matrix of a product and where its result goes.</summary>
/// <param name="Weight">The matrix.</param>
/// <param name="Bias">Added to the product, or null.</param>
/// <param name="Output">The result.</param>
/// <param name="Scale">One number that the product is multiplied with before the bias is added, or null (NVFP4 files have one for each matrix).</param>
public sealed record MatMulPart(WeightRef Weight, VectorRef? Bias, Value Output, VectorRef? Scale = null);

/// <summary>y = W·x + b for one or more matrices over one quantized input, and what is done to the result while it is in cache.</summary>
/// <param name="Name">Where it stands.</param>
/// <param name="Input">Quantized rows.</param>
/// <param name="Parts">The matrices.</param>
/// <param name="Gate">With it, part 0 is the gate and part 1 what goes through it, and <paramref name="Output"/> receives the result.</param>
/// <param name="Residual">With it, <paramref name="Output"/> is this plus the product of the single part.</param>
/// <param name="Output">The result where something was fused into the product, else null.</param>
public sealed record MatMulOp(string Name, Value Input, IReadOnlyList<MatMulPart> Parts, GateKind? Gate = null, Value? Residual = null, Value? Output = null) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => Residual is null ? [Input] : [Input, Residual];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => Output is null ? Parts.Select(part => part.Output) : [Output];

    /// <inheritdoc/>
    public override IEnumerable<WeightRef> Weights => Parts.Select(part => part.Weight);

    /// <inheritdoc/>
    public override IEnumerable<VectorRef> Vectors => Parts.SelectMany(part => new[] { part.Bias, part.Scale }).OfType<VectorRef>();

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => Residual is null ? null : (Residual, Output!);

    /// <inheritdoc/>
    public override string Kind => "matmul" + (Parts.Count > 1 ? $"×{Parts.Count}" : "") + (Gate is null ? "" : "+gate") + (Residual is null ? "" : "+add");

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with
    {
        Flops = Parts.Sum(part => 2.0 * part.Weight.Rows * part.Weight.Columns) * step.Rows(Input.Rows),
    };
}

/// <summary>y = act(gate) · up.</summary>
public sealed record GateOp(string Name, Value Gate, Value Up, GateKind Activation, Value Output) : Op(Name)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Gate, Up];

    /// <inheritdoc/>
    public override IEnumerable<Value> Outputs => [Output];

    /// <inheritdoc/>
    public override (Value Input, Value Output)? InPlace => (Gate, Output);

    /// <inheritdoc/>
    public override string Kind => "gate";

    /// <inheritdoc/>
    public override OpCost Cost(StepShape step) => base.Cost(step) with { Flops = 8.0 * Output.Width * step.Rows(Output.Rows) };
}
