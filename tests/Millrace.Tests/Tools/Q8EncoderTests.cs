using System.Buffers.Binary;
using CsCheck;
using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Tools.StoryModel.Export;

namespace Millrace.Tests.Tools;

public class Q8EncoderTests
{
    [Fact]
    public void Decoded_weights_are_within_half_a_step() => Gen.Float[-4, 4].Array[96].Sample(weights =>
    {
        float[] decoded = new float[weights.Length];
        RowDecoder.Dequantize(WeightType.Q8_0, Q8Encoder.Encode(weights), decoded);
        for (int i = 0; i < weights.Length; i++)
        {
            float greatest = weights.Skip(i / 32 * 32).Take(32).Max(MathF.Abs);

            // Half a step of rounding, and of the scale its rounding to binary16 on 127 steps.
            float bound = (greatest / 127 * 0.5f) + (greatest / 2048) + 1e-5f;
            Assert.InRange(MathF.Abs(decoded[i] - weights[i]), 0, bound);
        }
    });

    [Fact]
    public void Halves_round_away_from_zero_and_zeros_stay()
    {
        float[] weights = new float[64];
        (weights[0], weights[1], weights[2], weights[3]) = (127, 2.5f, -2.5f, 0.5f);
        byte[] blocks = Q8Encoder.Encode(weights);
        Assert.Equal((Half)1, BinaryPrimitives.ReadHalfLittleEndian(blocks));
        Assert.Equal([127, 3, -3, 1, 0], blocks[2..7].Select(value => (int)(sbyte)value));
        Assert.All(blocks[34..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Part_of_a_block_is_refused() => Assert.Throws<ArgumentException>(() => Q8Encoder.Encode(new float[33]));
}
