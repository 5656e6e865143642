using System.Numerics;

namespace Millrace.Tokenization;

/// <summary>The merges of a byte-pair encoding: which two symbols become which one, and how early. A rank is the merge's place in the list; lower goes first.</summary>
sealed class MergeTable
{
    readonly int[] _left;   // [rank]
    readonly int[] _right;  // [rank]
    readonly int[] _merged; // [rank]
    readonly int[] _slots;  // rank + 1, or 0: open addressing, at most half full
    readonly int _mask;

    /// <summary>Creates the table. Where a pair occurs twice, its first rank holds.</summary>
    /// <param name="left">The left symbol of each merge; below 0 for a merge that never applies. The arrays are kept.</param>
    /// <param name="right">The right symbol of each merge.</param>
    /// <param name="merged">What the pair becomes.</param>
    public MergeTable(int[] left, int[] right, int[] merged)
    {
        (_left, _right, _merged) = (left, right, merged);
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, checked(left.Length * 2)))];
        _mask = _slots.Length - 1;
        for (int rank = 0; rank < left.Length; rank++)
        {
            if (left[rank] >= 0)
            {
                ref int slot = ref Slot(left[rank], right[rank]);
                if (slot == 0)
                {
                    slot = rank + 1;
                }
            }
        }
    }

    /// <summary>The rank of a pair, or -1.</summary>
    public int Rank(int left, int right) => Slot(left, right) - 1;

    /// <summary>The symbol that the merge of a rank makes.</summary>
    public int Merged(int rank) => _merged[rank];

    /// <summary>Merges by rank.</summary>
    public readonly struct Rule(MergeTable merges) : IMergeRule
    {
        /// <inheritdoc/>
        public bool TryMerge(int start, int end, int left, int right, out uint priority, out int merged)
        {
            int rank = merges.Rank(left, right);
            priority = (uint)rank;
            merged = rank < 0 ? -1 : merges.Merged(rank);
            return rank >= 0;
        }
    }

    /// <summary>Whether any merge that applies makes one of these symbols.</summary>
    public bool Makes(IReadOnlySet<int> symbols)
    {
        for (int rank = 0; rank < _merged.Length; rank++)
        {
            if (_left[rank] >= 0 && symbols.Contains(_merged[rank]))
            {
                return true;
            }
        }

        return false;
    }

    ref int Slot(int left, int right)
    {
        for (int at = (int)SeededHash.Of(((ulong)(uint)left << 32) | (uint)right) & _mask; ; at = (at + 1) & _mask)
        {
            ref int slot = ref _slots[at];
            if (slot == 0 || (_left[slot - 1] == left && _right[slot - 1] == right))
            {
                return ref slot;
            }
        }
    }
}
