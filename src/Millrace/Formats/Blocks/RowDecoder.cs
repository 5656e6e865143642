using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>Rows of any weight type as floats: the definition of the formats, and the reference of the kernels.</summary>
public static class RowDecoder
{
    /// <summary>Writes a row, or a part of one that is whole blocks, as floats.</summary>
    /// <param name="type">A readable type.</param>
    /// <param name="row">The blocks.</param>
    /// <param name="weights">As many floats as the blocks hold.</param>
    /// <exception cref="ArgumentException">The two lengths do not fit each other, or the type is not readable.</exception>
    public static void Dequantize(WeightType type, ReadOnlySpan<byte> row, Span<float> weights)
    {
        if (!type.IsReadable || type.RowBytes(weights.Length) != row.Length)
        {
            throw new ArgumentException($"{row.Length} bytes are not {weights.Length} weights of type {type}", nameof(row));
        }

        switch (type)
        {
            case WeightType.F32: Decode<BlockF32>(row, weights); break;
            case WeightType.F16: Decode<BlockF16>(row, weights); break;
            case WeightType.BF16: Decode<BlockBF16>(row, weights); break;
            case WeightType.Q4_0: Decode<BlockQ4_0>(row, weights); break;
            case WeightType.Q4_1: Decode<BlockQ4_1>(row, weights); break;
            case WeightType.Q5_0: Decode<BlockQ5_0>(row, weights); break;
            case WeightType.Q5_1: Decode<BlockQ5_1>(row, weights); break;
            case WeightType.Q8_0: Decode<BlockQ8_0>(row, weights); break;
            case WeightType.Q2_K: Decode<BlockQ2_K>(row, weights); break;
            case WeightType.Q3_K: Decode<BlockQ3_K>(row, weights); break;
            case WeightType.Q4_K: Decode<BlockQ4_K>(row, weights); break;
            case WeightType.Q5_K: Decode<BlockQ5_K>(row, weights); break;
            case WeightType.Q6_K: Decode<BlockQ6_K>(row, weights); break;
            case WeightType.IQ4_NL: Decode<BlockIQ4_NL>(row, weights); break;
            case WeightType.IQ4_XS: Decode<BlockIQ4_XS>(row, weights); break;
            case WeightType.MXFP4: Decode<BlockMXFP4>(row, weights); break;
            case WeightType.NVFP4: Decode<BlockNVFP4>(row, weights); break;
            case WeightType.F8_E4M3: Decode<BlockF8E4M3>(row, weights); break;
            case WeightType.F8_E5M2: Decode<BlockF8E5M2>(row, weights); break;
            default: throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    static void Decode<TBlock>(ReadOnlySpan<byte> row, Span<float> weights) where TBlock : unmanaged, IBlock
    {
        ReadOnlySpan<TBlock> blocks = MemoryMarshal.Cast<byte, TBlock>(row);
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i].Dequantize(weights.Slice(i * TBlock.Length, TBlock.Length));
        }
    }
}
