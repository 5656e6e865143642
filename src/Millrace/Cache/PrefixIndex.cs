using System.Runtime.InteropServices;

namespace Millrace.Cache;

/// <summary>Finds a full block by what it holds: its tokens, and the block before it. A block's parent is named by its id, which stands for everything before it, so equal (parent, tokens) means an equal prefix.</summary>
/// <remarks>Hashes only choose a bucket; tokens are always compared, so a collision costs time and never a wrong block. <see cref="HashCode"/> is seeded per process: a prompt cannot be made to fill one bucket. Nothing allocates after the constructor.</remarks>
sealed class PrefixIndex
{
    /// <summary>The parent of a sequence's first block.</summary>
    public const int Root = -1;

    const int Absent = -2;
    const int End = -1;

    readonly int _blockSize;
    readonly int[] _buckets; // first block of each bucket, or End
    readonly int[] _chain;   // [blocks] next block in the bucket, or End
    readonly int[] _bucket;  // [blocks] the bucket it is in
    readonly int[] _parent;  // [blocks] Absent where the block is not in the index
    readonly long[] _salt;   // [blocks]
    readonly int[] _tokens;  // [blocks, blockSize]
    readonly int[] _identity; // [blocks] a hash of all tokens up to the block's end
    readonly int[] _evicted;  // identities of blocks that were here, by their remainder

    public PrefixIndex(int blocks, int blockSize, int buckets)
    {
        _blockSize = blockSize;
        _buckets = new int[buckets];
        _chain = new int[blocks];
        _bucket = new int[blocks];
        _parent = new int[blocks];
        _salt = new long[blocks];
        _tokens = new int[checked(blocks * blockSize)];
        _identity = new int[blocks];
        _evicted = new int[checked(blocks * 4)];
        Array.Fill(_buckets, End);
        Array.Fill(_parent, Absent);
    }

    public int Count { get; private set; }

    public bool Contains(int block) => _parent[block] != Absent;

    public int Parent(int block) => _parent[block];

    /// <summary>A hash of a block's tokens and salt, which the other methods take, so that it is computed once.</summary>
    public static int Hash(long salt, ReadOnlySpan<int> tokens)
    {
        HashCode hash = default;
        hash.Add(salt);
        hash.AddBytes(MemoryMarshal.AsBytes(tokens));
        return hash.ToHashCode();
    }

    /// <summary>The block that holds these tokens after that parent, or -1.</summary>
    public int Find(int parent, long salt, ReadOnlySpan<int> tokens, int hash)
    {
        for (int block = _buckets[Bucket(parent, hash)]; block != End; block = _chain[block])
        {
            if (_parent[block] == parent && _salt[block] == salt && Tokens(block).SequenceEqual(tokens))
            {
                return block;
            }
        }

        return -1;
    }

    public void Add(int block, int parent, long salt, ReadOnlySpan<int> tokens, int hash)
    {
        int bucket = Bucket(parent, hash);
        tokens.CopyTo(Tokens(block));
        _parent[block] = parent;
        _salt[block] = salt;
        _bucket[block] = bucket;
        _identity[block] = Identity(parent, hash);
        _chain[block] = _buckets[bucket];
        _buckets[bucket] = block;
        Count++;
    }

    /// <summary>Whether it looks as if a block of this hash after that parent was here and was removed: for explanations alone.</summary>
    public bool WasRemoved(int parent, int hash)
    {
        int identity = Identity(parent, hash);
        return _evicted[(uint)identity % (uint)_evicted.Length] == identity;
    }

    public void Remove(int block)
    {
        _evicted[(uint)_identity[block] % (uint)_evicted.Length] = _identity[block];
        ref int link = ref _buckets[_bucket[block]];
        while (link != block)
        {
            link = ref _chain[link];
        }

        link = _chain[block];
        _parent[block] = Absent;
        Count--;
    }

    /// <summary>Blocks that can be reached through the buckets; equals <see cref="Count"/> unless the index is broken.</summary>
    public int CountReachable()
    {
        int reachable = 0;
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            for (int block = _buckets[bucket]; block != End && reachable <= Count; block = _chain[block])
            {
                reachable += Contains(block) && Find(_parent[block], _salt[block], Tokens(block), Hash(_salt[block], Tokens(block))) == block ? 1 : 0;
            }
        }

        return reachable;
    }

    Span<int> Tokens(int block) => _tokens.AsSpan(block * _blockSize, _blockSize);

    int Identity(int parent, int hash) => HashCode.Combine(parent == Root ? 0 : _identity[parent], hash);

    int Bucket(int parent, int hash) => (int)((uint)HashCode.Combine(parent, hash) % (uint)_buckets.Length);
}
