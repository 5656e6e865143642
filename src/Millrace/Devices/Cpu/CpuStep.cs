using Millrace.Cache;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace.Devices.Cpu;

/// <summary>What the ops of a step share: which token is where, the rotations of its positions, and scratch for each thread. Sized once.</summary>
sealed unsafe class CpuStep : IDisposable
{
    /// <summary>Up to so many tokens memory is the limit of a product and not arithmetic.</summary>
    public const int FewTokens = 8;

    readonly NativeBuffer[] _scratch;
    readonly NativeBuffer[] _rotations;
    readonly Rope[] _ropes;
    readonly bool[] _hidden; // [rows] whether a row wants hidden states in place of logits

    public CpuStep(int maxTokens, int threads, long scratchBytes, IEnumerable<Rope> ropes, KvCache cache)
    {
        Cache = cache;
        TokenIds = new int[maxTokens];
        Positions = new int[maxTokens];
        Blocks = new int[maxTokens];
        LogitTokens = new int[maxTokens];
        _hidden = new bool[maxTokens];
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new NativeBuffer(scratchBytes))];
        _ropes = [.. ropes.Distinct()];
        _rotations = [.. _ropes.Select(rope => new NativeBuffer((long)maxTokens * rope.Dimensions * sizeof(float)))];
    }

    /// <summary>The keys and values.</summary>
    public KvCache Cache { get; }

    /// <summary>The sequences' parts.</summary>
    public List<StepSlice> Slices { get; private set; } = [];

    /// <summary>Tokens that a step can have.</summary>
    public int MaxTokens => TokenIds.Length;

    /// <summary>Tokens of the step.</summary>
    public int Tokens { get; private set; }

    /// <summary>[tokens].</summary>
    public int[] TokenIds { get; }

    /// <summary>[tokens], each within its sequence.</summary>
    public int[] Positions { get; }

    /// <summary>[tokens], the KV block that each token's keys and values go to.</summary>
    public int[] Blocks { get; }

    /// <summary>[rows], the token whose logits each row holds.</summary>
    public int[] LogitTokens { get; }

    /// <summary>Rows of logits of the whole step.</summary>
    public int LogitRows { get; private set; }

    /// <summary>The rows that the head is computing: begin.</summary>
    public int HeadBegin { get; set; }

    /// <summary>The rows that the head is computing: how many.</summary>
    public int HeadCount { get; set; }

    /// <summary>Rows of a domain in this step; rows of experts come from the routing.</summary>
    public int RowsOf(RowDomain domain) => domain == RowDomain.LogitRows ? HeadCount : Tokens;

    /// <summary>Scratch of a thread.</summary>
    public float* Scratch(int thread) => (float*)_scratch[thread].Pointer;

    /// <summary>Which table a rotation has.</summary>
    public int RopeIndex(Rope rope) => Array.IndexOf(_ropes, rope);

    /// <summary>The cosines of a token, followed by its sines.</summary>
    public float* Rotation(int rope, int token) => (float*)_rotations[rope].Pointer + (long)token * _ropes[rope].Dimensions;

    /// <summary>Takes over a batch.</summary>
    public void Begin(StepBatch batch, int vocabulary)
    {
        Slices = batch.Slices;
        Tokens = batch.Tokens.Count;
        LogitRows = 0;
        if (Tokens > TokenIds.Length)
        {
            throw new ArgumentException($"a step of {Tokens} tokens; the device has room for {TokenIds.Length}", nameof(batch));
        }

        foreach (StepSlice slice in Slices)
        {
            for (int i = 0; i < slice.Count; i++)
            {
                int token = slice.First + i;
                int id = batch.Tokens[token];
                if ((uint)id >= (uint)vocabulary)
                {
                    throw new ArgumentOutOfRangeException(nameof(batch), $"token {id} is not in the vocabulary of {vocabulary}");
                }

                TokenIds[token] = id;
                Positions[token] = slice.Position + i;
                Blocks[token] = slice.Blocks[(slice.Position + i) / KvCache.BlockSize];
            }

            for (int i = slice.Count - slice.LogitRows; i < slice.Count; i++)
            {
                _hidden[LogitRows] = slice.Hidden;
                LogitTokens[LogitRows++] = slice.First + i;
            }
        }
    }

    /// <summary>How many rows from this one on want the same, at most <paramref name="limit"/>.</summary>
    public int RowsAlike(int row, int limit)
    {
        int count = 1;
        while (count < limit && row + count < LogitRows && _hidden[row + count] == _hidden[row])
        {
            count++;
        }

        return count;
    }

    /// <summary>Fills a token's rows of the rotation tables.</summary>
    public void Rotate(int token)
    {
        for (int rope = 0; rope < _ropes.Length; rope++)
        {
            float* cosine = Rotation(rope, token);
            Kernels.Rotation.Table(Positions[token], (double[])_ropes[rope].Frequencies, _ropes[rope].Magnitude, cosine, cosine + _ropes[rope].Dimensions / 2);
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _scratch.Concat(_rotations))
        {
            buffer.Dispose();
        }
    }
}
