using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

/// <summary>Quantized vectors against the same rounding number by number.</summary>
public unsafe class QuantizerTests
{
    [Theory]
    [InlineData(ActivationKind.Q8_0, 32)]
    [InlineData(ActivationKind.Q8_0, 2048 + 96)]
    [InlineData(ActivationKind.Q8_K, 256)]
    [InlineData(ActivationKind.Q8_K, 2048)]
    public void Numbers_scales_and_sums_are_those_of_plain_arithmetic(ActivationKind kind, int columns)
    {
        float[] x = Products.Vectors(1, columns, seed: columns);
        x.AsSpan(0, 32).Clear();
        x[columns - 1] = float.MaxValue;
        x[columns - 2] = -float.MaxValue;
        x[columns / 2] = 2.5f / 127; // ties go to even
        int length = kind == ActivationKind.Q8_0 ? 32 : 256;
        using ActivationBuffer buffer = ActivationBuffer.Create(kind, 1, columns);
        fixed (float* from = x)
        {
            buffer.Quantize(0, from);
        }

        byte* record = buffer.Record(0);
        ActivationLayout layout = buffer.Layout;
        float* scales = (float*)(record + layout.Scales);
        int[] q = new int[columns];
        for (int block = 0; block < columns / length; block++)
        {
            float[] numbers = x[(block * length)..((block + 1) * length)];
            float largest = numbers.Max(MathF.Abs);
            for (int i = 0; i < length; i++)
            {
                q[block * length + i] = largest == 0 ? 0 : (int)MathF.Round(numbers[i] * (127 / largest), MidpointRounding.ToEven);
            }

            float scale = kind == ActivationKind.Q8_0 ? (float)(Half)(largest / 127) : largest / 127;
            Assert.Equal(BitConverter.SingleToInt32Bits(scale), BitConverter.SingleToInt32Bits(scales[block]));
        }

        Assert.Equal(q, new ReadOnlySpan<sbyte>(record, columns).ToArray().Select(static number => (int)number));
        for (int part = 0; part < columns / 16; part++)
        {
            Assert.Equal(Word(q, 16 * part, 16), ((int*)(record + layout.Words16))[part]);
        }

        for (int part = 0; part < columns / 32; part++)
        {
            Assert.Equal(Word(q, 32 * part, 32), ((int*)(record + layout.Words32))[part]);
            if (kind == ActivationKind.Q8_0)
            {
                float largest = x[(32 * part)..(32 * part + 32)].Max(MathF.Abs);
                Assert.Equal((float)(Half)(largest / 127 * q[(32 * part)..(32 * part + 32)].Sum()), ((float*)(record + layout.Sums))[part]);
                continue;
            }

            Assert.Equal(q[(32 * part)..(32 * part + 32)].Sum(), ((short*)(record + layout.SumsOf32))[part]);
            Assert.Equal(q[(32 * part)..(32 * part + 16)].Sum(), ((short*)(record + layout.Sums))[2 * part]);
            Assert.Equal(q[(32 * part + 16)..(32 * part + 32)].Sum(), ((short*)(record + layout.Sums))[2 * part + 1]);
        }
    }

    /// <summary>The sum of the numbers at positions 0 and 1 modulo 4, and above it that of those at 2 and 3.</summary>
    static int Word(int[] q, int from, int count)
    {
        int low = 0, high = 0;
        for (int i = 0; i < count; i++)
        {
            (low, high) = i % 4 < 2 ? (low + q[from + i], high) : (low, high + q[from + i]);
        }

        return (low & 0xFFFF) | (high << 16);
    }
}
