using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Millrace.Formats;
using Millrace.Formats.Blocks;

namespace Millrace.Tests.Formats.Blocks;

public class BlockTests
{
    public static TheoryData<WeightType> GgufTypes => [.. WeightTypes.All.Where(static type => type.IsGguf)];

    /// <summary>The first 16 hexadecimal digits of SHA-256 of the floats that ggml's <c>to_float</c> makes of 64 pseudorandom blocks.</summary>
    [Theory]
    [InlineData(WeightType.F16, "bb8def60c6c309d9")]
    [InlineData(WeightType.Q4_0, "4371178ba30c8e4f")]
    [InlineData(WeightType.Q4_1, "8dd108b7b4ec7175")]
    [InlineData(WeightType.Q5_0, "579366c3e72569e4")]
    [InlineData(WeightType.Q5_1, "59b31c18af61bf3a")]
    [InlineData(WeightType.Q8_0, "b085f67325dd087c")]
    [InlineData(WeightType.Q2_K, "8011974ce14bdfcd")]
    [InlineData(WeightType.Q3_K, "5bcddb105bfaa93d")]
    [InlineData(WeightType.Q4_K, "455f1ab912d2c410")]
    [InlineData(WeightType.Q5_K, "e058fa505fa3ad89")]
    [InlineData(WeightType.Q6_K, "cb5d88a7092031fa")]
    [InlineData(WeightType.IQ4_NL, "19f7de0aee5a468c")]
    [InlineData(WeightType.IQ4_XS, "27648f9dce5d981d")]
    [InlineData(WeightType.BF16, "ff0390ccd68a8cd5")]
    [InlineData(WeightType.MXFP4, "965f07df52dc2c3e")]
    [InlineData(WeightType.NVFP4, "6cb43caacd03cc27")]
    public void Pseudorandom_blocks_decode_to_the_same_bits_as_in_ggml(WeightType type, string expected)
    {
        float[] weights = new float[64 * type.BlockLength];
        RowDecoder.Dequantize(type, Pseudorandom(type), weights);
        Assert.DoesNotContain(weights, static weight => !float.IsFinite(weight));
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(weights)))[..16]);
    }

    [Theory]
    [MemberData(nameof(GgufTypes))]
    public void Random_blocks_are_finite_centred_and_have_the_standard_deviation_asked_for(WeightType type)
    {
        foreach (float deviation in (float[])[0.02f, 0.5f])
        {
            float[] weights = Random(type, 1, deviation);
            double mean = weights.Average(static weight => (double)weight);
            double found = Math.Sqrt(weights.Average(static weight => (double)weight * weight));
            Assert.InRange(found, 0.97 * deviation, 1.03 * deviation);
            Assert.InRange(mean, -0.02 * deviation, 0.02 * deviation);
            Assert.DoesNotContain(weights, weight => !float.IsFinite(weight) || Math.Abs(weight) > 8 * deviation);
        }
    }

    [Theory]
    [MemberData(nameof(GgufTypes))]
    public void Random_blocks_depend_on_the_seed_alone(WeightType type)
    {
        Assert.Equal(Random(type, 7, 1), Random(type, 7, 1));
        Assert.NotEqual(Random(type, 7, 1), Random(type, 8, 1));
    }

    [Fact]
    public void Structures_are_as_large_as_the_table_says()
    {
        Check<BlockF32>();
        Check<BlockF16>();
        Check<BlockBF16>();
        Check<BlockQ4_0>();
        Check<BlockQ4_1>();
        Check<BlockQ5_0>();
        Check<BlockQ5_1>();
        Check<BlockQ8_0>();
        Check<BlockQ2_K>();
        Check<BlockQ3_K>();
        Check<BlockQ4_K>();
        Check<BlockQ5_K>();
        Check<BlockQ6_K>();
        Check<BlockIQ4_NL>();
        Check<BlockIQ4_XS>();
        Check<BlockMXFP4>();
        Check<BlockNVFP4>();
        Check<BlockF8E4M3>();
        Check<BlockF8E5M2>();

        static void Check<TBlock>() where TBlock : unmanaged, IBlock
        {
            Assert.Equal(TBlock.Type.BlockBytes, Unsafe.SizeOf<TBlock>());
            Assert.Equal(TBlock.Type.BlockLength, TBlock.Length);
        }
    }

    [Theory]
    [InlineData(0x00, 0f)]
    [InlineData(0x01, 0.001953125f)]
    [InlineData(0x08, 0.015625f)]
    [InlineData(0x38, 1f)]
    [InlineData(0x3c, 1.5f)]
    [InlineData(0xb8, -1f)]
    [InlineData(0x7e, 448f)]
    [InlineData(0xfe, -448f)]
    [InlineData(0x7f, float.NaN)]
    public void E4M3_is_as_the_specification_lists_it(byte bits, float expected) => Assert.Equal(expected, One(WeightType.F8_E4M3, bits));

    [Theory]
    [InlineData(0x00, 0f)]
    [InlineData(0x01, 1.52587890625e-5f)]
    [InlineData(0x04, 6.103515625e-5f)]
    [InlineData(0x3c, 1f)]
    [InlineData(0xbe, -1.5f)]
    [InlineData(0x7b, 57344f)]
    [InlineData(0x7c, float.PositiveInfinity)]
    [InlineData(0x7d, float.NaN)]
    public void E5M2_is_as_the_specification_lists_it(byte bits, float expected) => Assert.Equal(expected, One(WeightType.F8_E5M2, bits));

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(static () => RowDecoder.Dequantize(WeightType.Q4_0, new byte[18], new float[31]));
        Assert.Throws<ArgumentException>(static () => RowDecoder.Dequantize(WeightType.Q4_0, new byte[17], new float[32]));
        Assert.Throws<ArgumentException>(static () => RowDecoder.Dequantize((WeightType)16, new byte[66], new float[256]));
        Assert.Throws<ArgumentException>(static () => RandomBlocks.Fill(WeightType.Q4_0, new byte[17], 0, 1));
        Assert.Throws<ArgumentException>(static () => RandomBlocks.Fill(WeightType.F8_E4M3, new byte[17], 0, 1));
    }

    [Fact]
    public void Names_parse_to_their_types_and_no_others()
    {
        foreach (WeightType type in WeightTypes.All)
        {
            Assert.True(WeightTypes.TryParse(type.GgufName, out WeightType parsed));
            Assert.Equal(type, parsed);
        }

        Assert.False(WeightTypes.TryParse("iq2_xxs", out _));
        Assert.False(WeightTypes.TryParse("Q4_0", out _));
    }

    static float One(WeightType type, byte bits)
    {
        float[] weight = new float[1];
        RowDecoder.Dequantize(type, [bits], weight);
        return weight[0];
    }

    static float[] Random(WeightType type, ulong seed, float deviation)
    {
        float[] weights = new float[type.BlockLength * (1 << 17) / Math.Min(type.BlockLength, 128)];
        byte[] blocks = new byte[type.RowBytes(weights.Length)];
        RandomBlocks.Fill(type, blocks, seed, deviation);
        RowDecoder.Dequantize(type, blocks, weights);
        return weights;
    }

    // 64 blocks of pseudorandom bytes, but for bit 14 of each f16 and bit 30 of each f32, so that all are finite.
    static byte[] Pseudorandom(WeightType type)
    {
        byte[] bytes = new byte[64 * type.BlockBytes];
        new RandomBits(42).Fill(bytes);
        int[] tops = type switch
        {
            WeightType.F32 => [3],
            WeightType.Q4_1 or WeightType.Q5_1 or WeightType.Q4_K or WeightType.Q5_K => [1, 3],
            WeightType.Q2_K => [81, 83],
            WeightType.Q3_K => [109],
            WeightType.Q6_K => [209],
            WeightType.MXFP4 or WeightType.NVFP4 => [],
            _ => [1],
        };
        for (int start = 0; start < bytes.Length; start += type.BlockBytes)
        {
            foreach (int top in tops)
            {
                bytes[start + top] &= 0xbf;
            }
        }

        return bytes;
    }
}
