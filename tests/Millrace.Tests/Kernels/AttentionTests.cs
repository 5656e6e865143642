using Millrace.Cache;
using Millrace.Kernels;

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
        int blocks = (length + KvCache.BlockSize - 1) / KvCache.BlockSize;
        using KvCache cache = new([new(1, headDim, valueDim)], type, blocks);
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

    static float[] Run(KvCache cache, KvType type, float[] q, int rows, int headDim, int valueDim, int length, int window, float scale, float sink) => type switch
    {
        KvType.F32 => Run<KvF32>(cache, q, rows, headDim, valueDim, length, window, scale, sink),
        KvType.F16 => Run<KvF16>(cache, q, rows, headDim, valueDim, length, window, scale, sink),
        _ => Run<KvInt8>(cache, q, rows, headDim, valueDim, length, window, scale, sink),
    };

    static float[] Run<T>(KvCache cache, float[] q, int rows, int headDim, int valueDim, int length, int window, float scale, float sink)
        where T : struct, IKvFormat
    {
        int blocks = (length + KvCache.BlockSize - 1) / KvCache.BlockSize;
        int stride = blocks * KvCache.BlockSize;
        int width = KvCache.Pad(valueDim);
        float[] scores = new float[rows * stride];
        float[] sums = new float[rows * width];
        float[] result = new float[rows * valueDim];
        float[] widened = new float[KvCache.BlockSize * Math.Max(headDim, width)];
        fixed (float* pq = q, ps = scores, po = sums, pw = widened)
        {
            for (int block = 0; block < blocks; block++)
            {
                Attention.Scores<T>(pq, rows, headDim, cache.Block(0, block, 0), scale, ps + block * KvCache.BlockSize, stride, pw);
            }

            float[] inverse = new float[rows];
            for (int row = 0; row < rows; row++)
            {
                inverse[row] = Attention.Softmax(ps + row * stride, 0, window > 0 ? Math.Max(0, length - window) : 0, length, stride, sink);
            }

            for (int block = 0; block < blocks; block++)
            {
                KvBlock kv = cache.Block(0, block, 0);
                if (T.Scaled)
                {
                    Attention.ScaleBlock(ps + block * KvCache.BlockSize, stride, rows, (float*)kv.ValueScales);
                }

                Attention.AddValues<T>(ps + block * KvCache.BlockSize, stride, rows, kv, Math.Min(KvCache.BlockSize, length - block * KvCache.BlockSize), width, po, pw);
            }

            for (int row = 0; row < rows; row++)
            {
                for (int d = 0; d < valueDim; d++)
                {
                    result[row * valueDim + d] = sums[row * width + d] * inverse[row];
                }
            }
        }

        return result;
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
