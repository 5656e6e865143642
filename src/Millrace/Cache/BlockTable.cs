using System.Collections;

namespace Millrace.Cache;

/// <summary>The KV blocks of one sequence, in order of position: block i holds positions i · blockSize to (i + 1) · blockSize - 1. Written by <see cref="BlockPool"/> alone.</summary>
public sealed class BlockTable : IReadOnlyList<int>
{
    int[] _blocks;

    /// <summary>Creates an empty table.</summary>
    /// <param name="capacity">Blocks to make room for, so that the table does not grow later.</param>
    public BlockTable(int capacity = 4) => _blocks = new int[Math.Max(1, capacity)];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>How many of the leading blocks are in the prefix index. The others are this table's own, or shared by a fork.</summary>
    public int Published { get; internal set; }

    /// <inheritdoc/>
    public int this[int index] => AsSpan()[index];

    /// <summary>The blocks; valid until the table changes.</summary>
    public ReadOnlySpan<int> AsSpan() => _blocks.AsSpan(0, Count);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return _blocks[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Append(int block)
    {
        if (Count == _blocks.Length)
        {
            Array.Resize(ref _blocks, Count * 2);
        }

        _blocks[Count++] = block;
    }

    internal void Replace(int index, int block) => _blocks[index] = block;

    internal int RemoveLast()
    {
        int block = _blocks[--Count];
        Published = Math.Min(Published, Count);
        return block;
    }
}
