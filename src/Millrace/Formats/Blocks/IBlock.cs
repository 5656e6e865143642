namespace Millrace.Formats.Blocks;

/// <summary>A block of weights exactly as a file stores it: the least number of weights that stand together. The structures in this folder are the definition of each format; <see cref="Dequantize"/> is the reference that kernels are tested against, not a fast path.</summary>
/// <remarks>Layouts are ggml's (<c>ggml-common.h</c>), little-endian, without padding. Equal bits to ggml's scalar <c>dequantize_row_*</c>: the products are rounded to float in the same order.</remarks>
interface IBlock
{
    /// <summary>The format.</summary>
    static abstract WeightType Type { get; }

    /// <summary>Weights in a block.</summary>
    static abstract int Length { get; }

    /// <summary>Writes the <see cref="Length"/> weights as floats, in their order in the row.</summary>
    void Dequantize(Span<float> weights);
}
