using System.Runtime.Intrinsics;
using Millrace.Cache;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Kernels.Vectors;
using Millrace.Scheduling;

namespace Millrace.Devices.Cpu;

/// <summary>Turns heads of rows.</summary>
sealed unsafe class RopeRun(RopeOp op, int rope, Rows input, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        HeadPass.Copy(input, output, token);
        HeadPass.Rotate(step, op.Rope, rope, token, output[token], op.Heads, output.Width / op.Heads);
    }
}

/// <summary>Stores keys and values.</summary>
sealed unsafe class KvStoreRun(KvStoreOp op, Rows key, Rows value) : RowOp
{
    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        HeadPass.Store(step, op, token, key[token], value[token]);
    }
}

/// <summary>Norms and turns queries and keys and stores keys and values, a token at a time.</summary>
sealed unsafe class RopeStoreRun(RopeStoreOp op, int rope, float* queryNorm, float* keyNorm, Rows query, Rows key, Rows value, Rows output) : RowOp
{
    protected override int Rows(CpuStep step) => step.Tokens;

    protected override void Run(CpuStep step, int thread, int token)
    {
        AttentionShape shape = op.Store.Shape;
        HeadPass.Copy(query, output, token);
        Turn(step, op.QueryNorm, queryNorm, token, output[token], shape.Heads, shape.HeadDim);
        // Nothing else reads the keys, so they are turned where they stand.
        Turn(step, op.KeyNorm, keyNorm, token, key[token], shape.KvHeads, shape.HeadDim);
        HeadPass.Store(step, op.Store, token, key[token], value[token]);
    }

    void Turn(CpuStep step, NormOp? norm, float* weight, int token, float* row, int heads, int headDim)
    {
        if (norm is not null)
        {
            for (int head = 0; head < heads; head++)
            {
                RmsNorm.Apply(row + head * headDim, weight, headDim, norm.Epsilon, row + head * headDim);
            }
        }

        if (op.Rope is not null)
        {
            HeadPass.Rotate(step, op.Rope, rope, token, row, heads, headDim);
        }
    }
}

/// <summary>What the ops above do to the heads of one token.</summary>
static unsafe class HeadPass
{
    public static void Copy(Rows from, Rows to, int token)
    {
        if (from.Pointer != to.Pointer)
        {
            Buffer.MemoryCopy(from[token], to[token], from.Width * sizeof(float), from.Width * sizeof(float));
        }
    }

    public static void Rotate(CpuStep step, Rope rope, int table, int token, float* row, int heads, int headDim)
    {
        float* cosine = step.Rotation(table, token);
        int pairs = rope.Dimensions / 2;
        for (int head = 0; head < heads; head++)
        {
            Rotation.Apply(row + head * headDim, pairs, rope.NeoX, cosine, cosine + pairs);
        }
    }

    public static void Store(CpuStep step, KvStoreOp op, int token, float* key, float* value)
    {
        AttentionShape shape = op.Shape;
        int slot = step.Positions[token] % KvCache.BlockSize;
        for (int head = 0; head < shape.KvHeads; head++)
        {
            step.Cache.Store(op.Layer, step.Blocks[token], slot, head, key + head * shape.HeadDim, value + head * shape.ValueDim);
        }
    }
}

/// <summary>Attention over the cache. A piece of work is a few tokens of a sequence with query heads that share a key head, so that a key or value is loaded once for all of them.</summary>
sealed unsafe class AttentionRun<T>(AttentionOp op, Rows query, float* sinks, Rows output, int scoreStride) : CpuOp
    where T : struct, IKvFormat
{
    const int BytesAhead = 8192; // asked for before they are needed

    readonly AttentionShape _shape = op.Shape;
    readonly int _group = op.Shape.Heads / op.Shape.KvHeads;
    readonly int _heads = Math.Min(op.Shape.Heads / op.Shape.KvHeads, Attention.MaxRows); // query heads in a piece
    readonly int _tokens = Math.Max(1, Attention.MaxRows / (op.Shape.Heads / op.Shape.KvHeads)); // tokens in a piece
    readonly int _width = KvCache.Pad(op.Shape.ValueDim);
    readonly int _ahead = Math.Max(1, BytesAhead / (KvCache.BlockSize * op.Shape.HeadDim * T.Size)); // blocks

    /// <summary>Floats of scratch that a thread needs.</summary>
    public static long Scratch(AttentionShape shape, int scoreStride) =>
        Attention.MaxRows * ((long)shape.HeadDim + KvCache.Pad(shape.ValueDim) + scoreStride) + Widened(shape);

    static int Widened(AttentionShape shape) => Attention.BlockSize * Math.Max(shape.HeadDim, KvCache.Pad(shape.ValueDim));

    public override void Run(CpuStep step, int thread)
    {
        bool wide = Attention.IsWide;
        int parts = (_group + _heads - 1) / _heads * _shape.KvHeads; // pieces of one tile of tokens
        int taken = Take();
        int before = 0;
        foreach (StepSlice slice in step.Slices)
        {
            int pieces = (slice.Count + _tokens - 1) / _tokens * parts;
            for (; taken < before + pieces; taken = Take())
            {
                // The last tokens see the most keys: first, so that no thread is left with them.
                (int tile, int part) = Math.DivRem(before + pieces - 1 - taken, parts);
                int offset = tile * _tokens;
                (int kvHead, int headPart) = Math.DivRem(part, parts / _shape.KvHeads);
                int head = headPart * _heads;
                Piece piece = new(step, slice, offset, Math.Min(_tokens, slice.Count - offset), kvHead, kvHead * _group + head, Math.Min(_heads, _group - head));
                if (wide)
                {
                    Run<Floats512, Vector512<float>>(piece, step.Scratch(thread));
                }
                else
                {
                    Run<Floats256, Vector256<float>>(piece, step.Scratch(thread));
                }
            }

            before += pieces;
        }
    }

    void Run<TFloats, TVector>(in Piece piece, float* scratch)
        where TFloats : struct, IFloats<TVector>
        where TVector : unmanaged
    {
        float* widened = scratch;
        float* q = widened + Widened(_shape);
        float* sums = q + Attention.MaxRows * _shape.HeadDim;
        float* scores = sums + Attention.MaxRows * _width;
        int rows = piece.Tokens * piece.Heads;
        int end = piece.Last / KvCache.BlockSize + 1;
        int begin = First(piece.Position) / KvCache.BlockSize;
        Gather(piece, q);
        for (int block = begin; block < end; block++)
        {
            Attention<T, TFloats, TVector>.Scores(
                q, rows, _shape.HeadDim, Block(piece, block), Block(piece, Math.Min(block + _ahead, end - 1)), _shape.Scale,
                scores + (block - begin) * KvCache.BlockSize, scoreStride, widened);
        }

        float* largest = stackalloc float[Attention.MaxRows];
        float* lanes = stackalloc float[8 * Attention.MaxRows];
        new Span<float>(lanes, 8 * Attention.MaxRows).Clear();
        new Span<float>(sums, rows * _width).Clear();
        for (int row = 0; row < rows; row++)
        {
            int at = piece.Position + row / piece.Heads;
            largest[row] = Attention.Largest(
                scores + (long)row * scoreStride, begin * KvCache.BlockSize, First(at), at + 1, end * KvCache.BlockSize, Sink(piece, row));
        }

        for (int block = begin; block < end; block++)
        {
            KvBlock kv = Block(piece, block);
            float* p = scores + (block - begin) * KvCache.BlockSize;
            Attention<T, TFloats, TVector>.Weigh(p, scoreStride, rows, largest, lanes, (float*)kv.ValueScales);
            Attention<T, TFloats, TVector>.AddValues(
                p, scoreStride, rows, kv, Block(piece, Math.Min(block + _ahead, end - 1)),
                Math.Min(KvCache.BlockSize, piece.Last + 1 - block * KvCache.BlockSize), _width, sums, widened);
        }

        for (int row = 0; row < rows; row++)
        {
            Divide(sums + row * _width, Attention.Total(lanes + 8 * row, largest[row], Sink(piece, row)), Output(piece, row));
        }
    }

    void Gather(in Piece piece, float* q)
    {
        int count = piece.Heads * _shape.HeadDim;
        for (int token = 0; token < piece.Tokens; token++)
        {
            new Span<float>(query[piece.Slice.First + piece.Offset + token] + piece.Head * _shape.HeadDim, count).CopyTo(new Span<float>(q + token * count, count));
        }
    }

    void Divide(float* sums, float total, float* to)
    {
        float inverse = 1 / total;
        int d = 0;
        for (; d + 8 <= _shape.ValueDim; d += 8)
        {
            Vector256.Store(Vector256.Load(sums + d) * inverse, to + d);
        }

        for (; d < _shape.ValueDim; d++)
        {
            to[d] = sums[d] * inverse;
        }
    }

    KvBlock Block(in Piece piece, int block) => piece.Step.Cache.Block(op.Layer, piece.Slice.Blocks[block], piece.KvHead);

    float* Output(in Piece piece, int row) =>
        output[piece.Slice.First + piece.Offset + row / piece.Heads] + (piece.Head + row % piece.Heads) * _shape.ValueDim;

    float Sink(in Piece piece, int row) => sinks is null ? float.NegativeInfinity : sinks[piece.Head + row % piece.Heads];

    /// <summary>The first position that a token sees.</summary>
    int First(int position) => _shape.Window > 0 ? Math.Max(0, position - _shape.Window + 1) : 0;

    /// <summary>Tokens of a slice from an offset on, and the heads from <see cref="Head"/> on, which share <see cref="KvHead"/>.</summary>
    readonly record struct Piece(CpuStep Step, StepSlice Slice, int Offset, int Tokens, int KvHead, int Head, int Heads)
    {
        /// <summary>Of the first token.</summary>
        public int Position => Slice.Position + Offset;

        /// <summary>The position of the last token.</summary>
        public int Last => Position + Tokens - 1;
    }
}
