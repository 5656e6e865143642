using Millrace.Kernels;

namespace Millrace.Graphs;

/// <summary>Which rows a value has, so that a plan can size it.</summary>
public enum RowDomain
{
    /// <summary>A row for each token of the step.</summary>
    Tokens,

    /// <summary>A row for each (token, chosen expert), sorted by expert.</summary>
    ExpertRows,

    /// <summary>A row for each token whose logits are wanted.</summary>
    LogitRows,
}

/// <summary>What flows along an edge of the graph: <c>[rows, Width]</c>, as floats or quantized for a product. Made by one op, read by any number.</summary>
/// <param name="Id">Unique in its graph.</param>
/// <param name="Name">For people.</param>
/// <param name="Width">Numbers in a row; 0 for a value that only orders ops (the state of the KV cache).</param>
/// <param name="Rows">Which rows.</param>
/// <param name="Quantized">The form, or null for floats.</param>
public sealed record Value(int Id, string Name, int Width, RowDomain Rows, ActivationKind? Quantized = null)
{
    /// <summary>Bytes of one row.</summary>
    public double RowBytes => Quantized switch
    {
        ActivationKind.Q8_0 => Width * 34.0 / 32,
        ActivationKind.Q8_K => Width * 292.0 / 256,
        _ => Width * 4.0,
    };
}
