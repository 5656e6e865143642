using System.Runtime.InteropServices;

namespace Millrace.Cache;

/// <summary>Who holds which KV block: reference counts, the free blocks in the order in which they will be reused, and the index that shares equal prefixes. Bookkeeping only; it never sees a tensor.</summary>
/// <remarks>
/// <para>A block is <em>published</em> (put into the index) once it is full and computed, and is never written again while it is there. It stays there after its last holder has gone, free but findable, until its place is needed: free blocks that hold nothing are reused first, then the longest unused.</para>
/// <para>A table always holds the parents of its blocks, and lets go of its last block first; so a free block always stands before its parent, and a published block's parent is always published.</para>
/// <para>Owned by one thread. No operation allocates.</para>
/// </remarks>
public sealed class BlockPool
{
    readonly Node[] _nodes; // [blocks + 1] the extra element is the head of the ring of free blocks
    readonly bool _sharing;
    readonly PrefixIndex _index;
    readonly Dictionary<long, int> _cachedOf = []; // how many free blocks in the index are a tenant's

    /// <summary>Creates a pool whose blocks are all free.</summary>
    /// <param name="blocks">How many blocks there are.</param>
    /// <param name="blockSize">Tokens in a block.</param>
    /// <param name="sharing">Whether equal prefixes are found and shared; without it nothing is ever published.</param>
    public BlockPool(int blocks, int blockSize = 32, bool sharing = true)
        : this(blocks, blockSize, Math.Max(1, blocks), sharing)
    {
    }

    /// <summary>As the public constructor, with the number of hash buckets: few make every look-up collide.</summary>
    internal BlockPool(int blocks, int blockSize, int buckets, bool sharing = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blockSize, 1);
        Blocks = blocks;
        BlockSize = blockSize;
        _nodes = new Node[blocks + 1];
        _sharing = sharing;
        _index = new PrefixIndex(blocks, sharing ? blockSize : 0, buckets);
        _nodes[blocks].Previous = _nodes[blocks].Next = blocks;
        for (int block = 0; block < blocks; block++)
        {
            InsertAfter(_nodes[blocks].Previous, block);
        }
    }

    /// <summary>How many blocks there are.</summary>
    public int Blocks { get; }

    /// <summary>Tokens in a block.</summary>
    public int BlockSize { get; }

    /// <summary>Blocks that nobody holds, published ones included: what can be allocated.</summary>
    public int Free { get; private set; }

    /// <summary>Blocks in the prefix index, held or free.</summary>
    public int Published => _index.Count;

    /// <summary>Blocks that nobody holds and that can still be found.</summary>
    public int Cached { get; private set; }

    /// <summary>How many <see cref="Cached"/> blocks one tenant may have: beyond, its longest unused one is forgotten. A tenant that floods the cache so drives out its own.</summary>
    public int CachedPerTenant { get; init; } = int.MaxValue;

    /// <summary>Blocks that so many tokens fill, the last one perhaps in part.</summary>
    public int BlocksFor(int tokens) => (int)(((uint)tokens + (uint)BlockSize - 1) / (uint)BlockSize);

    /// <summary>Appends to a table the published blocks that continue it, and shares them.</summary>
    /// <param name="table">All of its blocks are published.</param>
    /// <param name="tokens">The sequence's tokens, from its first.</param>
    /// <param name="salt">Only blocks published with the same salt are found.</param>
    /// <param name="limit">No block that begins at or after this position is wanted.</param>
    /// <returns>Why no more were found.</returns>
    public PrefixMiss Match(BlockTable table, ReadOnlySpan<int> tokens, long salt, int limit)
    {
        if (!_sharing)
        {
            return PrefixMiss.NotShared;
        }

        for (int i = table.Count; ((long)i + 1) * BlockSize <= tokens.Length && i * BlockSize < limit; i++)
        {
            ReadOnlySpan<int> content = tokens.Slice(i * BlockSize, BlockSize);
            int hash = PrefixIndex.Hash(salt, content);
            int block = _index.Find(Parent(table, i), salt, content, hash);
            if (block < 0)
            {
                return _index.WasRemoved(Parent(table, i), hash) ? PrefixMiss.Evicted
                    : i == 0 ? PrefixMiss.FirstBlockUnknown
                    : PrefixMiss.Diverged;
            }

            Hold(block);
            table.Append(block);
            table.Published = table.Count;
        }

        return tokens.Length <= BlockSize ? PrefixMiss.ShorterThanBlock : PrefixMiss.NothingMissing;
    }

    /// <summary>How many blocks <see cref="Match"/> would find for an empty table; it leaves no trace of having looked.</summary>
    /// <param name="tokens">A sequence's tokens, from its first.</param>
    /// <param name="salt">Only blocks published with the same salt are found.</param>
    public int CountPublished(ReadOnlySpan<int> tokens, long salt)
    {
        int count = 0;
        for (int parent = PrefixIndex.Root; _sharing && ((long)count + 1) * BlockSize <= tokens.Length; count++)
        {
            ReadOnlySpan<int> content = tokens.Slice(count * BlockSize, BlockSize);
            parent = _index.Find(parent, salt, content, PrefixIndex.Hash(salt, content));
            if (parent < 0)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>How many blocks <see cref="Extend"/> will take.</summary>
    public int Lacking(BlockTable table, int from, int to) =>
        BlocksFor(to) - table.Count + (MustCopy(table, from) ? 1 : 0);

    /// <summary>Whether position <paramref name="from"/> falls into a block that others hold or may find: it must be copied before it is written.</summary>
    public bool MustCopy(BlockTable table, int from)
    {
        int index = (int)((uint)from / (uint)BlockSize);
        return index < table.Count && (index < table.Published || _nodes[table[index]].References > 1);
    }

    /// <summary>Gives a table blocks of its own for positions <paramref name="from"/> to <paramref name="to"/> - 1. The caller has checked that <see cref="Free"/> covers <see cref="Lacking"/>.</summary>
    /// <param name="table">It holds at least the blocks before <paramref name="from"/>, and none after the one with <paramref name="from"/>.</param>
    /// <param name="from">The first position to be written.</param>
    /// <param name="to">One past the last.</param>
    /// <param name="copies">Gets the copy (from, to) that must be made before anything is written, if there is one.</param>
    public void Extend(BlockTable table, int from, int to, List<(int From, int To)> copies)
    {
        if (MustCopy(table, from))
        {
            int copy = Allocate();
            int original = table.RemoveLast();
            table.Append(copy);
            copies.Add((original, copy));
            Drop(original);
        }

        for (int blocks = BlocksFor(to); table.Count < blocks;)
        {
            table.Append(Allocate());
        }
    }

    /// <summary>Publishes a table's blocks up to position <paramref name="computed"/>, as far as they are full. Where an equal block is there already the table takes that one and its own becomes free.</summary>
    /// <param name="table">The table.</param>
    /// <param name="tokens">The sequence's tokens, from its first.</param>
    /// <param name="salt">Who may find the blocks.</param>
    /// <param name="computed">Tokens whose keys and values are there.</param>
    /// <param name="tenant">Whose quota they count for.</param>
    public void Publish(BlockTable table, ReadOnlySpan<int> tokens, long salt, int computed, long tenant = 0)
    {
        while (_sharing && ((long)table.Published + 1) * BlockSize <= computed)
        {
            int i = table.Published;
            int parent = Parent(table, i);
            int own = table[i];
            ReadOnlySpan<int> content = tokens.Slice(i * BlockSize, BlockSize);
            int hash = PrefixIndex.Hash(salt, content);
            int present = _index.Find(parent, salt, content, hash);
            if (present < 0)
            {
                _index.Add(own, parent, salt, content, hash);
                _nodes[own].Tenant = tenant;
            }
            else if (present != own)
            {
                Hold(present);
                table.Replace(i, present);
                Drop(own);
            }

            table.Published = i + 1;
        }
    }

    /// <summary>Lets an empty table share all blocks of another, the partly filled last one included.</summary>
    public void Fork(BlockTable source, BlockTable target)
    {
        foreach (int block in source.AsSpan())
        {
            Hold(block);
            target.Append(block);
        }

        target.Published = source.Published;
    }

    /// <summary>Takes blocks from a table's end until <paramref name="count"/> remain.</summary>
    public void Truncate(BlockTable table, int count)
    {
        while (table.Count > count)
        {
            Drop(table.RemoveLast());
        }
    }

    /// <summary>Checks every invariant against the tables that exist.</summary>
    /// <exception cref="InvalidOperationException">One is broken; the message says which and where.</exception>
    public void CheckIntegrity(IEnumerable<BlockTable> tables)
    {
        int[] expected = new int[Blocks];
        foreach (BlockTable table in tables)
        {
            for (int i = 0; i < table.Count; i++)
            {
                expected[table[i]]++;
                Require(_index.Contains(table[i]) || i >= table.Published, table[i], "a table counts it as published, and it is not in the index");
                Require(i >= table.Published || _index.Parent(table[i]) == Parent(table, i), table[i], "its parent in the index is not the block before it in a table");
            }
        }

        bool[] free = new bool[Blocks];
        int freeCount = 0;
        for (int block = _nodes[Blocks].Next; block != Blocks; block = _nodes[block].Next)
        {
            Require(!free[block], block, "it is in the free list twice");
            Require(_nodes[_nodes[block].Next].Previous == block, block, "the free list is torn after it");
            int parent = _index.Contains(block) ? _index.Parent(block) : PrefixIndex.Root;
            Require(parent == PrefixIndex.Root || !free[parent], block, "its parent would be reused before it");
            free[block] = true;
            freeCount++;
        }

        Require(freeCount == Free, freeCount, $"blocks are in the free list, {Free} were counted");
        for (int block = 0; block < Blocks; block++)
        {
            Require(_nodes[block].References == expected[block], block, $"it has {_nodes[block].References} references, the tables hold {expected[block]}");
            Require(free[block] == (expected[block] == 0), block, "it is both held and free, or neither");
            int parent = _index.Contains(block) ? _index.Parent(block) : PrefixIndex.Root;
            Require(parent == PrefixIndex.Root || _index.Contains(parent), block, "it is published and its parent is not");
        }

        int cached = Enumerable.Range(0, Blocks).Count(block => free[block] && _index.Contains(block));
        Require(cached == Cached && cached == _cachedOf.Values.Sum(), cached, $"free blocks are in the index, {Cached} were counted");
        Require(_index.CountReachable() == _index.Count, _index.Count, "blocks were counted in the index, another number can be found");
    }

    static void Require(bool condition, int block, string broken)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"KV block {block}: {broken}");
        }
    }

    static int Parent(BlockTable table, int index) => index == 0 ? PrefixIndex.Root : table[index - 1];

    int Allocate()
    {
        int block = _nodes[Blocks].Next;
        if (block == Blocks)
        {
            throw new InvalidOperationException($"all {Blocks} KV blocks are held");
        }

        Forget(block);
        Hold(block);
        return block;
    }

    void Hold(int block)
    {
        if (_nodes[block].References++ == 0)
        {
            _nodes[_nodes[block].Previous].Next = _nodes[block].Next;
            _nodes[_nodes[block].Next].Previous = _nodes[block].Previous;
            Free--;
            Count(block, -1);
        }
    }

    /// <summary>Takes a free block out of the index.</summary>
    void Forget(int block)
    {
        Count(block, -1);
        if (_index.Contains(block))
        {
            _index.Remove(block);
        }
    }

    /// <summary>Keeps count of the free blocks in the index.</summary>
    void Count(int block, int change)
    {
        if (_index.Contains(block))
        {
            Cached += change;
            CollectionsMarshal.GetValueRefOrAddDefault(_cachedOf, _nodes[block].Tenant, out _) += change;
        }
    }

    void Drop(int block)
    {
        if (--_nodes[block].References == 0)
        {
            InsertAfter(_index.Contains(block) ? _nodes[Blocks].Previous : Blocks, block);
            Count(block, 1);
            if (_index.Contains(block) && _cachedOf[_nodes[block].Tenant] > CachedPerTenant)
            {
                ForgetOldest(_nodes[block].Tenant);
            }
        }
    }

    /// <summary>Forgets a tenant's longest unused block: it becomes the next to be reused. What is free in the tenant's order is free in that of children before parents.</summary>
    void ForgetOldest(long tenant)
    {
        int block = _nodes[Blocks].Next;
        while (!_index.Contains(block) || _nodes[block].Tenant != tenant)
        {
            block = _nodes[block].Next;
        }

        Forget(block);
        _nodes[_nodes[block].Previous].Next = _nodes[block].Next;
        _nodes[_nodes[block].Next].Previous = _nodes[block].Previous;
        Free--;
        InsertAfter(Blocks, block);
    }

    void InsertAfter(int place, int block)
    {
        int after = _nodes[place].Next;
        _nodes[place].Next = block;
        _nodes[block].Previous = place;
        _nodes[block].Next = after;
        _nodes[after].Previous = block;
        Free++;
    }

    // Together, so that a block costs one line of the processor's cache.
    struct Node
    {
        public int References;
        public int Previous; // in the ring of free blocks
        public int Next;
        public long Tenant;  // whose it is, while it is in the index
    }
}
