using System.Runtime.Intrinsics;
using Millrace.Cache;
using Millrace.Devices.Cpu;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Kernels.Vectors;
using Millrace.Scheduling;

namespace Millrace.Tests.Kernels;

/// <summary>The pieces of attention against a softmax in doubles over the same keys and values.</summary>
[Trait("Paths", "all")]
public unsafe class AttentionTests
{
    [Theory]
    [InlineData(KvType.F32, 64, 64, 1, 40, 0, false)]
    [InlineData(KvType.F32, 64, 64, 4, 100, 0, false)]
    [InlineData(KvType.F32, 20, 12, 7, 70, 9, true)]
    [InlineData(KvType.F16, 64, 64, 3, 33, 0, false)]
    [InlineData(KvType.F16, 128, 128, 16, 64, 40, true)]
    [InlineData(KvType.Int8, 64, 64, 5, 65, 0, false)]
    [InlineData(KvType.Int8, 80, 80, 2, 31, 0, true)]
    public void Attention_is_a_softmax_over_the_visible_keys(KvType type, int headDim, int valueDim, int rows, int length, int window, bool sink)
    {
        Random random = new(rows * 1000 + length);
        using KvCache cache = new([new(1, headDim, valueDim)], type, KvCache.BlocksFor(length));
        float[][] keys = [.. Enumerable.Range(0, length).Select(_ => Numbers(random, headDim))];
        float[][] values = [.. Enumerable.Range(0, length).Select(_ => Numbers(random, valueDim))];
        for (int i = 0; i < length; i++)
        {
            fixed (float* k = keys[i], v = values[i])
            {
                cache.Store(0, i / KvCache.BlockSize, i % KvCache.BlockSize, 0, k, v);
            }
        }

        float[] q = Numbers(random, rows * headDim);
        float scale = 1 / MathF.Sqrt(headDim);
        float sinkLogit = sink ? 0.7f : float.NegativeInfinity;
        float[] actual = Run(cache, type, q, rows, headDim, valueDim, length, window, scale, sinkLogit);

        // Numbers in the cache are rounded: to 11 bits, or to 1/127 of the largest of their head.
        double rounding = type switch { KvType.F32 => 1e-6, KvType.F16 => 1.5e-3, _ => 2e-2 };
        for (int row = 0; row < rows; row++)
        {
            double[] expected = Reference(q.AsSpan(row * headDim, headDim), keys, values, window, scale, sinkLogit, valueDim);
            for (int d = 0; d < valueDim; d++)
            {
                Assert.Equal(expected[d], actual[row * valueDim + d], rounding);
            }
        }
    }

    [Theory]
    [InlineData(KvType.F32)]
    [InlineData(KvType.F16)]
    [InlineData(KvType.Int8)]
    public void A_row_has_the_same_bits_alone_and_among_others(KvType type)
    {
        Random random = new(5);
        const int Length = 90, Dim = 64;
        using KvCache cache = new([new(1, Dim, Dim)], type, 3);
        for (int i = 0; i < Length; i++)
        {
            fixed (float* k = Numbers(random, Dim), v = Numbers(random, Dim))
            {
                cache.Store(0, i / KvCache.BlockSize, i % KvCache.BlockSize, 0, k, v);
            }
        }

        float[] q = Numbers(random, Attention.MaxRows * Dim);
        float[] together = Run(cache, type, q, Attention.MaxRows, Dim, Dim, Length, 0, 0.125f, float.NegativeInfinity);
        for (int row = 0; row < Attention.MaxRows; row++)
        {
            float[] alone = Run(cache, type, q[(row * Dim)..((row + 1) * Dim)], 1, Dim, Dim, Length, 0, 0.125f, float.NegativeInfinity);
            Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), together[(row * Dim)..((row + 1) * Dim)].Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Theory]
    [InlineData(KvType.F32, 64, 64, 16)]
    [InlineData(KvType.F16, 80, 80, 5)]
    [InlineData(KvType.F16, 128, 128, 16)]
    [InlineData(KvType.F16, 20, 12, 9)]
    [InlineData(KvType.Int8, 64, 64, 8)]
    [InlineData(KvType.Int8, 96, 24, 13)]
    public void Wide_registers_give_the_bits_of_narrow_ones(KvType type, int headDim, int valueDim, int rows)
    {
        Random random = new(rows);
        const int Length = 95;
        using KvCache cache = Filled(random, type, headDim, valueDim, Length);
        float[] q = Numbers(random, rows * headDim);
        KernelPath? before = KernelPaths.Forced;
        try
        {
            float[][] results = [.. new[] { KernelPath.Avx512, KernelPath.Avx2 }.Where(KernelPaths.Supported.Contains).Select(path =>
            {
                KernelPaths.Forced = path;
                return Run(cache, type, q, rows, headDim, valueDim, Length, 70, 0.3f, 0.5f);
            })];
            Assert.SkipUnless(results.Length == 2, "no AVX-512 here");
            Assert.Equal(results[1].Select(BitConverter.SingleToInt32Bits), results[0].Select(BitConverter.SingleToInt32Bits));
        }
        finally
        {
            KernelPaths.Forced = before;
        }
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_kept_in_halves()
    {
        float[] numbers = [.. Enumerable.Repeat(1f, 16)];
        (numbers[3], numbers[7], numbers[12], numbers[15]) = (float.PositiveInfinity, float.NegativeInfinity, float.NaN, 1e-7f);
        ushort* halves = stackalloc ushort[16];
        for (int i = 0; i < 16; i++)
        {
            halves[i] = HalfBits.ToHalf(numbers[i]);
        }

        float* loaded = stackalloc float[16];
        Floats256.Store(KvF16.Load<Floats256, Vector256<float>>((byte*)halves), loaded);
        Floats256.Store(KvF16.Load<Floats256, Vector256<float>>((byte*)(halves + 8)), loaded + 8);
        if (KernelPaths.Supported.Contains(KernelPath.Avx512))
        {
            float* wide = stackalloc float[16];
            Floats512.Store(KvF16.Load<Floats512, Vector512<float>>((byte*)halves), wide);
            Assert.Equal(new Span<int>(loaded, 16), new Span<int>(wide, 16));
        }

        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(HalfBits.FromHalf(halves[i]), loaded[i]);
        }
    }

    static KvCache Filled(Random random, KvType type, int headDim, int valueDim, int length)
    {
        KvCache cache = new([new(1, headDim, valueDim)], type, KvCache.BlocksFor(length));
        for (int i = 0; i < length; i++)
        {
            fixed (float* k = Numbers(random, headDim), v = Numbers(random, valueDim))
            {
                cache.Store(0, i / KvCache.BlockSize, i % KvCache.BlockSize, 0, k, v);
            }
        }

        return cache;
    }

    // As the device does it, for one head and rows that all stand at the end.
    static float[] Run(KvCache cache, KvType type, float[] q, int rows, int headDim, int valueDim, int length, int window, float scale, float sink)
    {
        int heads = rows;
        AttentionShape shape = new(heads, 1, headDim, valueDim, scale, window);
        int stride = KvCache.BlocksFor(length) * KvCache.BlockSize;
        using CpuStep step = new(1, 1, AttentionRun<KvF32>.Scratch(shape, stride) * sizeof(float), [], cache);
        StepBatch batch = new();
        batch.Tokens.Add(0);
        batch.Slices.Add(new StepSlice(0, 1, length - 1, [.. Enumerable.Range(0, KvCache.BlocksFor(length))], LogitRows: 0));
        step.Begin(batch, 1);
        Value value = new(0, "", 0, RowDomain.Tokens);
        AttentionOp op = new("", 0, shape, value, value, value);
        float[] output = new float[rows * valueDim];
        float[] sinks = [.. Enumerable.Repeat(sink, rows)];
        fixed (float* query = q, to = output, s = sinks)
        {
            Rows from = new((nint)query, q.Length), results = new((nint)to, output.Length);
            CpuOp run = type switch
            {
                KvType.F32 => new AttentionRun<KvF32>(op, from, s, results, stride),
                KvType.F16 => new AttentionRun<KvF16>(op, from, s, results, stride),
                _ => new AttentionRun<KvInt8>(op, from, s, results, stride),
            };
            run.Reset(1);
            run.Run(step, 0);
        }

        return output;
    }

    static double[] Reference(ReadOnlySpan<float> q, float[][] keys, float[][] values, int window, float scale, float sink, int valueDim)
    {
        int from = window > 0 ? Math.Max(0, keys.Length - window) : 0;
        double[] scores = new double[keys.Length];
        for (int i = from; i < keys.Length; i++)
        {
            for (int d = 0; d < q.Length; d++)
            {
                scores[i] += (double)q[d] * keys[i][d];
            }

            scores[i] *= scale;
        }

        double max = Math.Max(scores[from..].Max(), sink);
        double sum = Math.Exp(sink - max) + scores[from..].Sum(score => Math.Exp(score - max));
        double[] result = new double[valueDim];
        for (int i = from; i < keys.Length; i++)
        {
            for (int d = 0; d < valueDim; d++)
            {
                result[d] += Math.Exp(scores[i] - max) / sum * values[i][d];
            }
        }

        return result;
    }

    static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
}
