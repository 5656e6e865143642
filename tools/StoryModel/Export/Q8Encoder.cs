using System.Buffers.Binary;

namespace Millrace.Tools.StoryModel.Export;

/// <summary>Floats to Q8_0, as llama.cpp's reference does it: 32 weights to a block, the scale their greatest magnitude over 127, each weight rounded to the nearest and halves away from zero.</summary>
public static class Q8Encoder
{
    /// <summary>Weights in a block.</summary>
    public const int Length = 32;

    /// <summary>Bytes in a block: the scale as binary16, and a byte for each weight.</summary>
    public const int Bytes = 2 + Length;

    /// <summary>Encodes whole blocks.</summary>
    /// <exception cref="ArgumentException">The weights are not whole blocks.</exception>
    public static byte[] Encode(ReadOnlySpan<float> weights)
    {
        if (weights.Length % Length != 0)
        {
            throw new ArgumentException($"{weights.Length} weights are not whole blocks of {Length}", nameof(weights));
        }

        byte[] blocks = new byte[weights.Length / Length * Bytes];
        for (int block = 0; block < weights.Length / Length; block++)
        {
            Encode(weights.Slice(block * Length, Length), blocks.AsSpan(block * Bytes, Bytes));
        }

        return blocks;
    }

    static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        float greatest = 0;
        foreach (float weight in weights)
        {
            greatest = MathF.Max(greatest, MathF.Abs(weight));
        }

        float scale = greatest / 127;
        float inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (int i = 0; i < Length; i++)
        {
            block[2 + i] = (byte)(sbyte)MathF.Round(weights[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }
}
