using Millrace.Formats;
using Millrace.Formats.Blocks;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

/// <summary>Matrices and vectors for the tests of products, and a product in f64 that shares no code with the kernels.</summary>
static unsafe class Products
{
    /// <summary>Random rows of a type, as a file holds them.</summary>
    public static byte[] Rows(WeightType type, int rows, int columns, ulong seed)
    {
        byte[] bytes = new byte[rows * type.RowBytes(columns)];
        if (type.IsGguf)
        {
            RandomBlocks.Fill(type, bytes, seed, 0.05f);
            return bytes;
        }

        new Random((int)seed).NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i++)
        {
            // Neither infinite nor NaN, and no exponents so large that everything else vanishes beside them.
            bytes[i] = (byte)(bytes[i] & 0x9F);
        }

        return bytes;
    }

    /// <summary>Random vectors, [tokens, columns], with a few zeros and outliers.</summary>
    public static float[] Vectors(int tokens, int columns, int seed)
    {
        Random random = new(seed);
        float[] x = new float[tokens * columns];
        for (int i = 0; i < x.Length; i++)
        {
            float value = (float)(random.NextDouble() * 2 - 1);
            x[i] = random.Next(50) switch { 0 => 0, 1 => 20 * value, _ => value };
        }

        return x;
    }

    /// <summary>y, [tokens, rows], as a matrix computes it, all rows at once or in two parts.</summary>
    public static float[] Multiply(KernelPath path, WeightMatrix matrix, float[] x, int tokens, int cut = 0)
    {
        using ActivationBuffer buffer = ActivationBuffer.Create(matrix.Activation, tokens, matrix.Columns);
        float[] y = new float[tokens * matrix.Rows];
        Array.Fill(y, float.NaN);
        fixed (float* from = x)
        fixed (float* to = y)
        {
            for (int t = 0; t < tokens; t++)
            {
                buffer.Quantize(t, from + t * matrix.Columns);
            }

            KernelPath? before = KernelPaths.Forced;
            KernelPaths.Forced = path;
            matrix.Multiply(buffer, 0, tokens, 0, cut, to, matrix.Rows);
            matrix.Multiply(buffer, 0, tokens, cut, matrix.Rows, to, matrix.Rows);
            KernelPaths.Forced = before;
        }

        return y;
    }

    /// <summary>Equality of bits, and which element is the first to differ.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"element {i} of {expected.Length}: expected {expected[i]:R}, found {actual[i]:R}");
            }
        }
    }

    /// <summary>The activations as numbers after the rounding that a type's form prescribes.</summary>
    public static double[] Rounded(ActivationKind kind, ReadOnlySpan<float> x)
    {
        double[] rounded = new double[x.Length];
        int block = kind switch { ActivationKind.Q8_0 => 32, ActivationKind.Q8_K => 256, _ => 1 };
        for (int begin = 0; begin < x.Length; begin += block)
        {
            float amax = 0;
            foreach (float value in x.Slice(begin, block))
            {
                amax = Math.Max(amax, Math.Abs(value));
            }

            float scale = amax / 127f;
            double kept = kind == ActivationKind.Q8_0 ? (double)(Half)scale : scale;
            for (int i = begin; i < begin + block; i++)
            {
                rounded[i] = kind switch
                {
                    ActivationKind.F32 => x[i],
                    ActivationKind.F16 => (double)(Half)x[i],
                    ActivationKind.BF16 => HalfBits.FromBFloat(HalfBits.ToBFloat(x[i])),
                    _ => amax == 0 ? 0 : kept * Math.Round((double)(x[i] * (127f / amax)), MidpointRounding.ToEven),
                };
            }
        }

        return rounded;
    }
}
