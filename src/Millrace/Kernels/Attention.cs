using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Millrace.Kernels;

/// <summary>The keys and values of one head in one KV block.</summary>
/// <param name="Keys">[headDim, <see cref="Attention.BlockSize"/>].</param>
/// <param name="Values">[<see cref="Attention.BlockSize"/>, valueDim rounded up to 8].</param>
/// <param name="KeyScales">[<see cref="Attention.BlockSize"/>], or null.</param>
/// <param name="ValueScales">[<see cref="Attention.BlockSize"/>], or null.</param>
unsafe readonly record struct KvBlock(nint Keys, nint Values, nint KeyScales, nint ValueScales);

/// <summary>Softmax attention over paged keys and values. A score is one chain of fused multiply-adds over the dimensions, a result one over the keys in order, so that neither the batch nor the chunk of the prompt shows in the bits.</summary>
static unsafe class Attention
{
    /// <summary>Tokens in a KV block.</summary>
    public const int BlockSize = 32;

    /// <summary>Query rows (tokens times heads that share keys) computed together.</summary>
    public const int MaxRows = 16;

    /// <summary>Rows from which it pays to widen a block to floats once.</summary>
    const int WidenFrom = 3;

    /// <summary>scores[row, slot] = scale · q[row]·k[slot] for all slots of a block.</summary>
    /// <param name="q">[rows, headDim].</param>
    /// <param name="rows">At most <see cref="MaxRows"/>.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="block">The block.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="scores">Where slot 0 of row 0 goes.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="widened">Room for the block's keys as floats.</param>
    public static void Scores<T>(float* q, int rows, int headDim, in KvBlock block, float scale, float* scores, int stride, float* widened)
        where T : struct, IKvFormat
    {
        if (T.Size < sizeof(float) && rows >= WidenFrom)
        {
            Widen<T>((byte*)block.Keys, headDim * BlockSize, widened);
            Scores<KvF32>(q, rows, headDim, (byte*)widened, (float*)block.KeyScales, scale, scores, stride);
        }
        else
        {
            Scores<T>(q, rows, headDim, (byte*)block.Keys, (float*)block.KeyScales, scale, scores, stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scores<T>(float* q, int rows, int headDim, byte* keys, float* keyScales, float scale, float* scores, int stride)
        where T : struct, IKvFormat
    {
        int line = BlockSize * T.Size;
        int row = 0;
        for (; row + 2 <= rows; row += 2)
        {
            float* q0 = q + row * headDim;
            float* q1 = q0 + headDim;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            byte* k = keys;
            for (int d = 0; d < headDim; d++, k += line)
            {
                Vector256<float> x = Vector256.Create(q0[d]);
                Vector256<float> y = Vector256.Create(q1[d]);
                Vector256<float> v = T.Load(k);
                a0 = Vector256.FusedMultiplyAdd(v, x, a0);
                b0 = Vector256.FusedMultiplyAdd(v, y, b0);
                v = T.Load(k + 8 * T.Size);
                a1 = Vector256.FusedMultiplyAdd(v, x, a1);
                b1 = Vector256.FusedMultiplyAdd(v, y, b1);
                v = T.Load(k + 16 * T.Size);
                a2 = Vector256.FusedMultiplyAdd(v, x, a2);
                b2 = Vector256.FusedMultiplyAdd(v, y, b2);
                v = T.Load(k + 24 * T.Size);
                a3 = Vector256.FusedMultiplyAdd(v, x, a3);
                b3 = Vector256.FusedMultiplyAdd(v, y, b3);
            }

            StoreScores(a0, a1, a2, a3, keyScales, scale, scores + (long)row * stride);
            StoreScores(b0, b1, b2, b3, keyScales, scale, scores + (long)(row + 1) * stride);
        }

        if (row < rows)
        {
            float* q0 = q + row * headDim;
            Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
            byte* k = keys;
            for (int d = 0; d < headDim; d++, k += line)
            {
                Vector256<float> x = Vector256.Create(q0[d]);
                a0 = Vector256.FusedMultiplyAdd(T.Load(k), x, a0);
                a1 = Vector256.FusedMultiplyAdd(T.Load(k + 8 * T.Size), x, a1);
                a2 = Vector256.FusedMultiplyAdd(T.Load(k + 16 * T.Size), x, a2);
                a3 = Vector256.FusedMultiplyAdd(T.Load(k + 24 * T.Size), x, a3);
            }

            StoreScores(a0, a1, a2, a3, keyScales, scale, scores + (long)row * stride);
        }
    }

    /// <summary>out[row] += Σ over the first <paramref name="slots"/> of p[row, slot] · v[slot].</summary>
    /// <param name="p">Where slot 0 of row 0 stands; already times the values' scales.</param>
    /// <param name="stride">Floats from row to row of <paramref name="p"/>.</param>
    /// <param name="rows">At most <see cref="MaxRows"/>.</param>
    /// <param name="block">The block.</param>
    /// <param name="slots">1 to <see cref="BlockSize"/>.</param>
    /// <param name="width">valueDim rounded up to 8.</param>
    /// <param name="output">[rows, width].</param>
    /// <param name="widened">Room for the block's values as floats.</param>
    public static void AddValues<T>(float* p, int stride, int rows, in KvBlock block, int slots, int width, float* output, float* widened)
        where T : struct, IKvFormat
    {
        if (T.Size < sizeof(float) && rows >= WidenFrom)
        {
            Widen<T>((byte*)block.Values, slots * width, widened);
            AddValues<KvF32>(p, stride, rows, (byte*)widened, slots, width, output);
        }
        else
        {
            AddValues<T>(p, stride, rows, (byte*)block.Values, slots, width, output);
        }
    }

    static void AddValues<T>(float* p, int stride, int rows, byte* values, int slots, int width, float* output)
        where T : struct, IKvFormat
    {
        int row = 0;
        for (; row + 4 <= rows; row += 4)
        {
            AddFourRows<T>(p + (long)row * stride, stride, values, slots, width, output + row * width);
        }

        for (; row < rows; row++)
        {
            AddRow<T>(p + (long)row * stride, values, slots, width, output + row * width);
        }
    }

    /// <summary>Eight independent chains: two vectors of dimensions for each of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddFourRows<T>(float* p, int stride, byte* values, int slots, int width, float* output)
        where T : struct, IKvFormat
    {
        int line = width * T.Size;
        int d = 0;
        float* o1 = output + width, o2 = o1 + width, o3 = o2 + width;
        float* p1 = p + stride, p2 = p1 + stride, p3 = p2 + stride;
        for (; d + 16 <= width; d += 16)
        {
            Vector256<float> a = Vector256.Load(output + d), b = Vector256.Load(o1 + d), c = Vector256.Load(o2 + d), e = Vector256.Load(o3 + d);
            Vector256<float> f = Vector256.Load(output + d + 8), g = Vector256.Load(o1 + d + 8), h = Vector256.Load(o2 + d + 8), i = Vector256.Load(o3 + d + 8);
            byte* v = values + d * T.Size;
            for (int slot = 0; slot < slots; slot++, v += line)
            {
                Vector256<float> x = T.Load(v);
                Vector256<float> y = T.Load(v + 8 * T.Size);
                Vector256<float> w = Vector256.Create(p[slot]);
                a = Vector256.FusedMultiplyAdd(x, w, a);
                f = Vector256.FusedMultiplyAdd(y, w, f);
                w = Vector256.Create(p1[slot]);
                b = Vector256.FusedMultiplyAdd(x, w, b);
                g = Vector256.FusedMultiplyAdd(y, w, g);
                w = Vector256.Create(p2[slot]);
                c = Vector256.FusedMultiplyAdd(x, w, c);
                h = Vector256.FusedMultiplyAdd(y, w, h);
                w = Vector256.Create(p3[slot]);
                e = Vector256.FusedMultiplyAdd(x, w, e);
                i = Vector256.FusedMultiplyAdd(y, w, i);
            }

            Vector256.Store(a, output + d);
            Vector256.Store(b, o1 + d);
            Vector256.Store(c, o2 + d);
            Vector256.Store(e, o3 + d);
            Vector256.Store(f, output + d + 8);
            Vector256.Store(g, o1 + d + 8);
            Vector256.Store(h, o2 + d + 8);
            Vector256.Store(i, o3 + d + 8);
        }

        for (; d < width; d += 8)
        {
            for (int row = 0; row < 4; row++)
            {
                AddColumn<T>(p + row * stride, values + d * T.Size, slots, line, output + row * width + d);
            }
        }
    }

    /// <summary>Four independent chains: four vectors of dimensions of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRow<T>(float* p, byte* values, int slots, int width, float* output)
        where T : struct, IKvFormat
    {
        int line = width * T.Size;
        int d = 0;
        for (; d + 32 <= width; d += 32)
        {
            float* o = output + d;
            Vector256<float> a = Vector256.Load(o), b = Vector256.Load(o + 8), c = Vector256.Load(o + 16), e = Vector256.Load(o + 24);
            byte* v = values + d * T.Size;
            for (int slot = 0; slot < slots; slot++, v += line)
            {
                Vector256<float> w = Vector256.Create(p[slot]);
                a = Vector256.FusedMultiplyAdd(T.Load(v), w, a);
                b = Vector256.FusedMultiplyAdd(T.Load(v + 8 * T.Size), w, b);
                c = Vector256.FusedMultiplyAdd(T.Load(v + 16 * T.Size), w, c);
                e = Vector256.FusedMultiplyAdd(T.Load(v + 24 * T.Size), w, e);
            }

            Vector256.Store(a, o);
            Vector256.Store(b, o + 8);
            Vector256.Store(c, o + 16);
            Vector256.Store(e, o + 24);
        }

        for (; d < width; d += 8)
        {
            AddColumn<T>(p, values + d * T.Size, slots, line, output + d);
        }
    }

    static void AddColumn<T>(float* p, byte* values, int slots, int line, float* output)
        where T : struct, IKvFormat
    {
        Vector256<float> sum = Vector256.Load(output);
        for (int slot = 0; slot < slots; slot++, values += line)
        {
            sum = Vector256.FusedMultiplyAdd(T.Load(values), Vector256.Create(p[slot]), sum);
        }

        Vector256.Store(sum, output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen<T>(byte* source, int count, float* destination)
        where T : struct, IKvFormat
    {
        for (int i = 0; i < count; i += 8)
        {
            Vector256.Store(T.Load(source + i * T.Size), destination + i);
        }
    }

    /// <summary>p[row, slot] *= scales[slot] for a block.</summary>
    public static void ScaleBlock(float* p, int stride, int rows, float* scales)
    {
        for (int row = 0; row < rows; row++, p += stride)
        {
            for (int slot = 0; slot < BlockSize; slot += 8)
            {
                Vector256.Store(Vector256.Load(p + slot) * Vector256.Load(scales + slot), p + slot);
            }
        }
    }

    /// <summary>Turns the scores of a row into e^(score - max), zero outside the visible keys, and returns 1 / their sum. Lane i sums slots i, i+8, … counted from position 0.</summary>
    /// <param name="scores">Scores of the slots from <paramref name="begin"/> on; room up to a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="begin">The position of the first slot, a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="from">The first visible position.</param>
    /// <param name="to">One past the last visible position.</param>
    /// <param name="end">One past the last slot, a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="sink">A logit that takes part and stands for nothing, or negative infinity.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Softmax(float* scores, int begin, int from, int to, int end, float sink)
    {
        for (int i = begin; i < from; i++)
        {
            scores[i - begin] = float.NegativeInfinity;
        }

        for (int i = to; i < end; i++)
        {
            scores[i - begin] = float.NegativeInfinity;
        }

        int count = end - begin;
        Vector256<float> largest = Vector256.Create(sink);
        for (int i = 0; i < count; i += 8)
        {
            largest = Vector256.Max(largest, Vector256.Load(scores + i));
        }

        float max = VectorMath.Max(largest);
        Vector256<float> shift = Vector256.Create(max);
        Vector256<float> sum = Vector256<float>.Zero;
        for (int i = 0; i < count; i += 8)
        {
            Vector256<float> e = VectorMath.Exp(Vector256.Load(scores + i) - shift);
            Vector256.Store(e, scores + i);
            sum += e;
        }

        float total = VectorMath.Sum(sum);
        if (!float.IsNegativeInfinity(sink))
        {
            total += VectorMath.Exp(Vector256.Create(sink - max)).ToScalar();
        }

        return 1 / total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreScores(Vector256<float> a0, Vector256<float> a1, Vector256<float> a2, Vector256<float> a3, float* keyScales, float scale, float* scores)
    {
        Vector256<float> factor = Vector256.Create(scale);
        if (keyScales is not null)
        {
            a0 *= Vector256.Load(keyScales);
            a1 *= Vector256.Load(keyScales + 8);
            a2 *= Vector256.Load(keyScales + 16);
            a3 *= Vector256.Load(keyScales + 24);
        }

        Vector256.Store(a0 * factor, scores);
        Vector256.Store(a1 * factor, scores + 8);
        Vector256.Store(a2 * factor, scores + 16);
        Vector256.Store(a3 * factor, scores + 24);
    }
}
