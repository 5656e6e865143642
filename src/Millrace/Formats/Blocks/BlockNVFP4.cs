using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>64 FP4 numbers (E2M1) in 4 sub-blocks of 16 with FP8 scales: w = s fp4[q].</summary>
/// <remarks>36 bytes, 4.5 bits a weight. A scale for the whole tensor, where the model has one, is a tensor of its own. Source: ggml; the scales are E4M3 without a sign.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
unsafe struct BlockNVFP4 : IBlock
{
    /// <summary>s of each sub-block.</summary>
    public fixed byte Scales[4];

    /// <summary>Byte 8 j + l holds weight 16 j + l in its low bits and weight 16 j + 8 + l in its high bits.</summary>
    public fixed byte Quants[32];


    public static WeightType Type => WeightType.NVFP4;

    public static int Length => 64;

    public readonly void Dequantize(Span<float> weights)
    {
        for (int i = 0; i < 64; i++)
        {
            int quant = (Quants[i / 16 * 8 + i % 8] >> (i / 8 % 2 * 4)) & 15;
            weights[i] = BlockMXFP4.DoubledFp4[quant] * HalfScale(Scales[i / 16]);
        }
    }

    /// <summary>Half of what a code of a scale stands for, to go with <see cref="BlockMXFP4.DoubledFp4"/>. As in ggml the top bit is not looked at but in telling 0x7f, which is 0, from 0xff, which is 480.</summary>
    public static float HalfScale(byte code)
    {
        int exponent = (code >> 3) & 15;
        int mantissa = code & 7;
        return code == 0x7f ? 0
            : exponent == 0 ? mantissa * (1f / 1024)
            : BitConverter.Int32BitsToSingle(((exponent - 8 + 127) << 23) | (mantissa << 20));
    }
}
