using Millrace.Cache;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace.Devices.Cpu;

/// <summary>Turns heads of rows.</summary>
sealed unsafe class RopeRun(RopeOp op, int rope, Rows input, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        for (int token = Take(); token < step.Tokens; token = Take())
        {
            HeadPass.Copy(input, output, token);
            HeadPass.Rotate(step, op.Rope, rope, token, output[token], op.Heads, output.Width / op.Heads);
        }
    }
}

/// <summary>Stores keys and values.</summary>
sealed unsafe class KvStoreRun(KvStoreOp op, Rows key, Rows value) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        for (int token = Take(); token < step.Tokens; token = Take())
        {
            HeadPass.Store(step, op, token, key[token], value[token]);
        }
    }
}

/// <summary>Norms and turns queries and keys and stores keys and values, a token at a time.</summary>
sealed unsafe class RopeStoreRun(RopeStoreOp op, int rope, float* queryNorm, float* keyNorm, Rows query, Rows key, Rows value, Rows output) : CpuOp
{
    public override void Run(CpuStep step, int thread)
    {
        AttentionShape shape = op.Store.Shape;
        for (int token = Take(); token < step.Tokens; token = Take())
        {
            HeadPass.Copy(query, output, token);
            Turn(step, op.QueryNorm, queryNorm, token, output[token], shape.Heads, shape.HeadDim);
            // Nothing else reads the keys, so they are turned where they stand.
            Turn(step, op.KeyNorm, keyNorm, token, key[token], shape.KvHeads, shape.HeadDim);
            HeadPass.Store(step, op.Store, token, key[token], value[token]);
        }
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
    readonly AttentionShape _shape = op.Shape;
    readonly int _group = op.Shape.Heads / op.Shape.KvHeads;
    readonly int _heads = Math.Min(op.Shape.Heads / op.Shape.KvHeads, Attention.MaxRows); // query heads in a piece
    readonly int _tokens = Math.Max(1, Attention.MaxRows / (op.Shape.Heads / op.Shape.KvHeads)); // tokens in a piece
    readonly int _width = KvCache.Pad(op.Shape.ValueDim);

    /// <summary>Floats of scratch that a thread needs.</summary>
    public static long Scratch(AttentionShape shape, int scoreStride) =>
        Attention.MaxRows * ((long)shape.HeadDim + KvCache.Pad(shape.ValueDim) + scoreStride) + Widened(shape);

    static int Widened(AttentionShape shape) => Attention.BlockSize * Math.Max(shape.HeadDim, KvCache.Pad(shape.ValueDim));

    public override void Run(CpuStep step, int thread)
    {
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
                Piece(step, slice, offset, Math.Min(_tokens, slice.Count - offset), kvHead, kvHead * _group + head, Math.Min(_heads, _group - head), step.Scratch(thread));
            }

            before += pieces;
        }
    }

    void Piece(CpuStep step, StepSlice slice, int offset, int tokens, int kvHead, int head, int heads, float* scratch)
    {
        float* widened = scratch;
        float* q = widened + Widened(_shape);
        float* sums = q + Attention.MaxRows * _shape.HeadDim;
        float* scores = sums + Attention.MaxRows * _width;
        int rows = tokens * heads;
        for (int token = 0; token < tokens; token++)
        {
            Buffer.MemoryCopy(
                query[slice.First + offset + token] + head * _shape.HeadDim, q + token * heads * _shape.HeadDim,
                (long)heads * _shape.HeadDim * sizeof(float), (long)heads * _shape.HeadDim * sizeof(float));
        }

        int position = slice.Position + offset;
        int last = position + tokens - 1;
        int firstBlock = First(position) / KvCache.BlockSize;
        int endBlock = last / KvCache.BlockSize + 1;
        for (int block = firstBlock; block < endBlock; block++)
        {
            KvBlock kv = step.Cache.Block(op.Layer, slice.Blocks[block], kvHead);
            Attention.Scores<T>(q, rows, _shape.HeadDim, kv, _shape.Scale, scores + (block - firstBlock) * KvCache.BlockSize, scoreStride, widened);
        }

        float* inverse = stackalloc float[Attention.MaxRows];
        for (int row = 0; row < rows; row++)
        {
            int at = position + row / heads;
            float sink = sinks is null ? float.NegativeInfinity : sinks[head + row % heads];
            inverse[row] = Attention.Softmax(
                scores + (long)row * scoreStride, firstBlock * KvCache.BlockSize, First(at), at + 1, endBlock * KvCache.BlockSize, sink);
        }

        new Span<float>(sums, rows * _width).Clear();
        for (int block = firstBlock; block < endBlock; block++)
        {
            KvBlock kv = step.Cache.Block(op.Layer, slice.Blocks[block], kvHead);
            float* p = scores + (block - firstBlock) * KvCache.BlockSize;
            if (T.Scaled)
            {
                Attention.ScaleBlock(p, scoreStride, rows, (float*)kv.ValueScales);
            }

            Attention.AddValues<T>(p, scoreStride, rows, kv, Math.Min(KvCache.BlockSize, last + 1 - block * KvCache.BlockSize), _width, sums, widened);
        }

        for (int row = 0; row < rows; row++)
        {
            float* to = output[slice.First + offset + row / heads] + (head + row % heads) * _shape.ValueDim;
            for (int d = 0; d < _shape.ValueDim; d++)
            {
                to[d] = sums[row * _width + d] * inverse[row];
            }
        }
    }

    /// <summary>The first position that a token sees.</summary>
    int First(int position) => _shape.Window > 0 ? Math.Max(0, position - _shape.Window + 1) : 0;
}
