using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Millrace.Formats.Blocks;

/// <summary>Random weights in any GGUF type: the quants are random bytes and the scales are what makes the weights' standard deviation as asked, so that filling costs little more than drawing the bytes.</summary>
/// <remarks>Scales differ from block to block (by a factor of 0.5 to 1.5, uniformly) and minima from scales, so that a kernel that takes the wrong one is found out. Formats whose codes are not symmetric about 0 get scales of either sign: the weights' mean is 0.</remarks>
public static class RandomBlocks
{
    // E[f²] of the factor f, uniform in 0.5 to 1.5.
    const float FactorPower = 13f / 12;

    // Mean squares of the codes, drawn uniformly: of q − 2^(n−1) for n-bit q, of the IQ4 table, of doubled FP4.
    const float Signed3 = 5.5f;
    const float Signed4 = 21.5f;
    const float Signed5 = 85.5f;
    const float Signed6 = 341.5f;
    const float Signed8 = 5461.5f;
    const float Iq4Table = 4548f;
    const float DoubledFp4 = 34.25f;

    // The same of q minus its mean, and of a scale from 0 to 2^n − 1.
    const float Centred2 = 1.25f;
    const float Centred4 = 21.25f;
    const float Centred5 = 85.25f;
    const float Scale4 = 77.5f;
    const float Scale6 = 1333.5f;

    /// <summary>Fills whole blocks.</summary>
    /// <param name="type">A type that GGUF files hold.</param>
    /// <param name="blocks">Receives the blocks.</param>
    /// <param name="seed">Equal seeds give equal bytes.</param>
    /// <param name="deviation">The standard deviation of the weights, above 0; FP4 types come near it as their scales allow.</param>
    /// <exception cref="ArgumentException">The span is not whole blocks, or GGUF does not hold the type.</exception>
    public static void Fill(WeightType type, Span<byte> blocks, ulong seed, float deviation)
    {
        if (!type.IsReadable || !type.IsGguf || blocks.Length % type.BlockBytes != 0)
        {
            throw new ArgumentException($"{blocks.Length} bytes are not whole blocks of type {type} of a GGUF file", nameof(type));
        }

        RandomBits random = new(seed);
        random.Fill(blocks);
        switch (type)
        {
            case WeightType.F32: FillF32(MemoryMarshal.Cast<byte, float>(blocks), ref random, deviation); break;
            case WeightType.F16: FillF16(MemoryMarshal.Cast<byte, Half>(blocks), ref random, deviation); break;
            case WeightType.BF16: FillBF16(MemoryMarshal.Cast<byte, ushort>(blocks), ref random, deviation); break;
            case WeightType.MXFP4: FillMXFP4(MemoryMarshal.Cast<byte, BlockMXFP4>(blocks), ref random, deviation); break;
            case WeightType.NVFP4: FillNVFP4(MemoryMarshal.Cast<byte, BlockNVFP4>(blocks), ref random, deviation); break;
            default: FillScaled(type, blocks, ref random, deviation); break;
        }
    }

    static void FillScaled(WeightType type, Span<byte> blocks, ref RandomBits random, float deviation)
    {
        // Where d stands in a block, the mean square of its codes, and what dmin or m is to d where there is one behind it.
        (int at, float power, float ratio) = type switch
        {
            WeightType.Q4_0 => (0, Signed4, 0),
            WeightType.Q4_1 => (0, Centred4, -7.5f),
            WeightType.Q5_0 => (0, Signed5, 0),
            WeightType.Q5_1 => (0, Centred5, -15.5f),
            WeightType.Q8_0 => (0, Signed8, 0),
            WeightType.Q2_K => (80, Scale4 * Centred2, 1.5f),
            WeightType.Q3_K => (108, Signed6 * Signed3, 0),
            WeightType.Q4_K => (0, Scale6 * Centred4, 7.5f),
            WeightType.Q5_K => (0, Scale6 * Centred5, 15.5f),
            WeightType.Q6_K => (208, Signed8 * Signed6, 0),
            WeightType.IQ4_NL => (0, Iq4Table, 0),
            WeightType.IQ4_XS => (0, Signed6 * Iq4Table, 0f),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        int size = type.BlockBytes;
        for (int start = 0; start < blocks.Length; start += size)
        {
            Span<byte> block = blocks.Slice(start, size);
            float scale = Scale(ref random, deviation, power);
            if (ratio == 0)
            {
                scale = (random.Next() & 1) == 0 ? scale : -scale;
            }
            else
            {
                BinaryPrimitives.WriteHalfLittleEndian(block[(at + 2)..], (Half)(ratio * scale));
            }

            BinaryPrimitives.WriteHalfLittleEndian(block[at..], (Half)scale);
            PairMinima(type, block);
        }
    }

    // Makes each m its s but for the lowest bits, which stay random: dmin m is then near the middle of d s q.
    static void PairMinima(WeightType type, Span<byte> block)
    {
        if (type == WeightType.Q2_K)
        {
            foreach (ref byte pair in block[..16])
            {
                pair = (byte)((pair & 0x1f) | (pair << 4 & 0xe0));
            }
        }
        else if (type is WeightType.Q4_K or WeightType.Q5_K)
        {
            Span<byte> packed = block.Slice(4, 12);
            for (int i = 0; i < 4; i++)
            {
                packed[i + 4] = (byte)((packed[i] & ~3) | (packed[i + 4] & 3));
                packed[i + 8] = (byte)((packed[i + 8] & 0x3f) | (packed[i + 8] << 4 & 0xc0));
            }
        }
    }

    // Uniform numbers are as good as normal ones here, and cheaper.
    static float Uniform(ref RandomBits random, float deviation) => (random.NextSingle() - 0.5f) * (float.Sqrt(12) * deviation);

    // A scale for codes of a mean square, random by the factor.
    static float Scale(ref RandomBits random, float deviation, float power) => deviation / float.Sqrt(power * FactorPower) * (0.5f + random.NextSingle());

    static void FillF32(Span<float> blocks, ref RandomBits random, float deviation)
    {
        foreach (ref float block in blocks)
        {
            block = Uniform(ref random, deviation);
        }
    }

    static void FillF16(Span<Half> blocks, ref RandomBits random, float deviation)
    {
        foreach (ref Half block in blocks)
        {
            block = (Half)Uniform(ref random, deviation);
        }
    }

    static void FillBF16(Span<ushort> blocks, ref RandomBits random, float deviation)
    {
        foreach (ref ushort block in blocks)
        {
            block = (ushort)(BitConverter.SingleToUInt32Bits(Uniform(ref random, deviation)) >> 16);
        }
    }

    // Of two neighbouring powers of two the greater is drawn as often as makes the mean square right.
    static void FillMXFP4(Span<BlockMXFP4> blocks, ref RandomBits random, float deviation)
    {
        float target = 2 * deviation / float.Sqrt(DoubledFp4);
        int exponent = Math.Clamp(MathF.ILogB(target) + 127, 1, 253);
        float power = float.Pow(2, exponent - 127);
        float often = (target * target / (power * power) - 1) / 3;
        foreach (ref BlockMXFP4 block in blocks)
        {
            block.Exponent = (byte)(random.NextSingle() < often ? exponent + 1 : exponent);
        }
    }

    // Codes of ascending value are neighbours: round the wanted scale down, or up as often as makes its mean square right.
    static unsafe void FillNVFP4(Span<BlockNVFP4> blocks, ref RandomBits random, float deviation)
    {
        Span<float> values = stackalloc float[127];
        for (int code = 0; code < values.Length; code++)
        {
            values[code] = BlockNVFP4.HalfScale((byte)code);
        }

        foreach (ref BlockNVFP4 block in blocks)
        {
            for (int i = 0; i < 4; i++)
            {
                float scale = Scale(ref random, deviation, DoubledFp4);
                int above = ~values.BinarySearch(scale);
                above = above < 0 ? ~above : above;
                if (above is > 0 and < 127)
                {
                    float low = values[above - 1] * values[above - 1];
                    float often = (scale * scale - low) / (values[above] * values[above] - low);
                    above -= random.NextSingle() < often ? 0 : 1;
                }

                block.Scales[i] = (byte)Math.Min(above, 126);
            }
        }
    }
}
