using Millrace.Scheduling;

namespace Millrace.Tests.Scheduling;

/// <summary>Stands for a model where only the bookkeeping matters: the "key and value" of a position is a hash of all tokens up to it, made from the one stored for the position before. A wrong, stale or missing block gives another hash, and so other tokens.</summary>
sealed class ChainModel(int blocks, int blockSize, int vocabulary)
{
    readonly ulong[] _slots = new ulong[blocks * blockSize];
    readonly List<int> _next = [];
    readonly List<int> _rows = [];

    /// <summary>One token for each slice: what its last position's hash says, or -1 where it has no logits.</summary>
    public IReadOnlyList<int> Next => _next;

    /// <summary>How many tokens were computed in all.</summary>
    public int Work { get; private set; }

    /// <summary>The token that a row of logits of the last step points to.</summary>
    public int RowToken(int row) => _rows[row];

    public void Run(StepBatch batch)
    {
        _next.Clear();
        _rows.Clear();
        foreach ((int from, int to) in batch.Copies)
        {
            _slots.AsSpan(from * blockSize, blockSize).CopyTo(_slots.AsSpan(to * blockSize));
        }

        foreach (StepSlice slice in batch.Slices)
        {
            ulong hash = 0;
            for (int i = 0; i < slice.Count; i++)
            {
                int position = slice.Position + i;
                hash = Mix(position == 0 ? 0 : Slot(slice.Blocks, position - 1), batch.Tokens[slice.First + i]);
                Slot(slice.Blocks, position) = hash;
                if (i >= slice.Count - slice.LogitRows)
                {
                    _rows.Add(Token(hash));
                }
            }

            Work += slice.Count;
            _next.Add(slice.LogitRows > 0 ? Token(hash) : -1);
        }
    }

    /// <summary>The tokens that follow a prompt, from the definition.</summary>
    public int[] Continue(IReadOnlyList<int> prompt, int count)
    {
        ulong hash = prompt.Aggregate(0UL, Mix);
        int[] result = new int[count];
        for (int i = 0; i < count; i++)
        {
            result[i] = Token(hash);
            hash = Mix(hash, result[i]);
        }

        return result;
    }

    /// <summary>Whether every computed position of a sequence holds what it must.</summary>
    public bool Holds(Sequence sequence)
    {
        ulong hash = 0;
        for (int position = 0; position < sequence.Computed; position++)
        {
            hash = Mix(hash, sequence.Tokens[position]);
            if (Slot(sequence.Blocks, position) != hash)
            {
                return false;
            }
        }

        return true;
    }

    ref ulong Slot(IReadOnlyList<int> table, int position) => ref _slots[table[position / blockSize] * blockSize + position % blockSize];

    int Token(ulong hash) => (int)(hash % (ulong)vocabulary);

    static ulong Mix(ulong hash, int token)
    {
        hash = (hash ^ (uint)token) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
