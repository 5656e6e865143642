using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Millrace.Formats;
using Millrace.Kernels.Vectors;

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

    /// <summary>Whether registers of 512 bits serve.</summary>
    public static bool IsWide => KernelPaths.Choose(WeightType.F32, int.MaxValue) == KernelPath.Avx512;

    /// <summary>Hides the scores of a row that it does not see, and returns the largest of the others and of the sink.</summary>
    /// <param name="scores">Scores of the slots from <paramref name="begin"/> on; room up to a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="begin">The position of the first slot, a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="from">The first visible position.</param>
    /// <param name="to">One past the last visible position.</param>
    /// <param name="end">One past the last slot, a multiple of <see cref="BlockSize"/>.</param>
    /// <param name="sink">A logit that takes part and stands for nothing, or negative infinity.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest(float* scores, int begin, int from, int to, int end, float sink)
    {
        new Span<float>(scores, from - begin).Fill(float.NegativeInfinity);
        new Span<float>(scores + (to - begin), end - to).Fill(float.NegativeInfinity);
        Vector256<float> a = Vector256.Create(sink), b = a, c = a, d = a;
        for (float* last = scores + (end - begin); scores < last; scores += BlockSize)
        {
            a = Vector256.Max(a, Vector256.Load(scores));
            b = Vector256.Max(b, Vector256.Load(scores + 8));
            c = Vector256.Max(c, Vector256.Load(scores + 16));
            d = Vector256.Max(d, Vector256.Load(scores + 24));
        }

        return VectorMath.Max(Vector256.Max(Vector256.Max(a, b), Vector256.Max(c, d)));
    }

    /// <summary>The sum of all e^(score - largest) of a row.</summary>
    /// <param name="lanes">Sums over the slots.</param>
    /// <param name="largest">See <see cref="Largest"/>.</param>
    /// <param name="sink">See <see cref="Largest"/>.</param>
    public static float Total(float* lanes, float largest, float sink)
    {
        float total = VectorMath.Sum(Vector256.Load(lanes));
        return float.IsNegativeInfinity(sink) ? total : total + VectorMath.Exp(Vector256.Create(sink - largest)).ToScalar();
    }
}

/// <summary>What is done to each block, for a kind of cache and a width of registers; no bit depends on the width.</summary>
static unsafe class Attention<T, TFloats, TVector>
    where T : struct, IKvFormat
    where TFloats : struct, IFloats<TVector>
    where TVector : unmanaged
{
    const int BlockSize = Attention.BlockSize;

    /// <summary>scores[row, slot] = scale · q[row]·k[slot] for all slots of a block.</summary>
    /// <param name="q">[rows, headDim].</param>
    /// <param name="rows">At most <see cref="Attention.MaxRows"/>.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="block">The block.</param>
    /// <param name="ahead">A block whose keys will be wanted soon.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="scores">Where slot 0 of row 0 goes.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="widened">Room for the block's keys as floats.</param>
    public static void Scores(float* q, int rows, int headDim, in KvBlock block, in KvBlock ahead, float scale, float* scores, int stride, float* widened)
    {
        for (int row = 0; row < rows; row++)
        {
            new Span<float>(scores + (long)row * stride, BlockSize).Clear();
        }

        Multiply(q, headDim, rows, block.Keys, BlockSize, headDim, BlockSize, scores, stride, ahead.Keys - block.Keys, widened);
        Scale(scores, stride, rows, (float*)block.KeyScales, scale);
    }

    /// <summary>p[row, slot] = e^(score - largest[row]), times the slot's value scale.</summary>
    /// <param name="scores">Where slot 0 of row 0 stands.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="rows">At most <see cref="Attention.MaxRows"/>.</param>
    /// <param name="largest">[rows].</param>
    /// <param name="lanes">[rows, 8], to which the exponentials are added: lane i sums slots i, i+8, … counted from position 0.</param>
    /// <param name="valueScales">[<see cref="BlockSize"/>], or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh(float* scores, int stride, int rows, float* largest, float* lanes, float* valueScales)
    {
        for (int row = 0; row < rows; row++, scores += stride, lanes += 8)
        {
            TVector shift = TFloats.Create(largest[row]);
            Vector256<float> sum = Vector256.Load(lanes);
            for (int slot = 0; slot < BlockSize; slot += TFloats.Count)
            {
                TVector e = VectorMath.Exp<TFloats, TVector>(TFloats.Subtract(TFloats.Load(scores + slot), shift));
                sum = TFloats.AddTo(sum, e);
                TFloats.Store(valueScales is null ? e : TFloats.Multiply(e, TFloats.Load(valueScales + slot)), scores + slot);
            }

            Vector256.Store(sum, lanes);
        }
    }

    /// <summary>out[row] += Σ over the first <paramref name="slots"/> of p[row, slot] · v[slot].</summary>
    /// <param name="p">Where slot 0 of row 0 stands.</param>
    /// <param name="stride">Floats from row to row of <paramref name="p"/>.</param>
    /// <param name="rows">At most <see cref="Attention.MaxRows"/>.</param>
    /// <param name="block">The block.</param>
    /// <param name="ahead">A block whose values will be wanted soon.</param>
    /// <param name="slots">1 to <see cref="BlockSize"/>.</param>
    /// <param name="width">valueDim rounded up to 8.</param>
    /// <param name="output">[rows, width].</param>
    /// <param name="widened">Room for the block's values as floats.</param>
    public static void AddValues(float* p, int stride, int rows, in KvBlock block, in KvBlock ahead, int slots, int width, float* output, float* widened) =>
        Multiply(p, stride, rows, block.Values, width, slots, width, output, width, ahead.Values - block.Values, widened);

    static void Multiply(float* a, int aStride, int rows, nint b, int bStride, int count, int columns, float* y, int yStride, nint ahead, float* widened)
    {
        if (T.Size < sizeof(float) && rows > KvProduct<T, TFloats, TVector>.Rows)
        {
            // Several tiles of rows: it pays to widen the block to floats once.
            Widen((byte*)b, count * bStride, widened, ahead);
            KvProduct<KvF32, TFloats, TVector>.Run(a, aStride, rows, (byte*)widened, bStride, count, columns, y, yStride, 0);
        }
        else
        {
            KvProduct<T, TFloats, TVector>.Run(a, aStride, rows, (byte*)b, bStride, count, columns, y, yStride, ahead);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen(byte* source, int count, float* destination, nint ahead)
    {
        for (int i = 0; i < count; i += 64 / T.Size)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(source + (i * T.Size) + ahead);
            }

            for (int j = i; j < Math.Min(count, i + (64 / T.Size)); j += TFloats.Count)
            {
                TFloats.Store(T.Load<TFloats, TVector>(source + j * T.Size), destination + j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Scale(float* scores, int stride, int rows, float* keyScales, float scale)
    {
        TVector factor = TFloats.Create(scale);
        for (int row = 0; row < rows; row++, scores += stride)
        {
            for (int slot = 0; slot < BlockSize; slot += TFloats.Count)
            {
                TVector score = TFloats.Load(scores + slot);
                score = keyScales is null ? score : TFloats.Multiply(score, TFloats.Load(keyScales + slot));
                TFloats.Store(TFloats.Multiply(score, factor), scores + slot);
            }
        }
    }
}
