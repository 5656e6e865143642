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
    readonly Entry[] _entries; // [blocks]
    readonly int[] _tokens;  // [blocks, blockSize]
    readonly int[] _evicted;  // identities of blocks that were here, by their remainder

    public PrefixIndex(int blocks, int blockSize, int buckets)
    {
        _blockSize = blockSize;
        _buckets = new int[buckets];
        _entries = new Entry[blocks];
        _tokens = new int[checked(blocks * blockSize)];
        _evicted = new int[checked(blocks * 4)];
        Array.Fill(_buckets, End);
        Array.Fill(_entries, new Entry { Parent = Absent });
    }

    public int Count { get; private set; }

    public bool Contains(int block) => _entries[block].Parent != Absent;

    public int Parent(int block) => _entries[block].Parent;

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
        for (int block = _buckets[Bucket(parent, hash)]; block != End; block = _entries[block].Chain)
        {
            if (_entries[block].Parent == parent && _entries[block].Salt == salt && Tokens(block).SequenceEqual(tokens))
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
        _entries[block] = new Entry { Parent = parent, Chain = _buckets[bucket], Bucket = bucket, Identity = Identity(parent, hash), Salt = salt };
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
        _evicted[(uint)_entries[block].Identity % (uint)_evicted.Length] = _entries[block].Identity;
        ref int link = ref _buckets[_entries[block].Bucket];
        while (link != block)
        {
            link = ref _entries[link].Chain;
        }

        link = _entries[block].Chain;
        _entries[block].Parent = Absent;
        Count--;
    }

    /// <summary>Blocks that can be reached through the buckets; equals <see cref="Count"/> unless the index is broken.</summary>
    public int CountReachable()
    {
        int reachable = 0;
        for (int bucket = 0; bucket < _buckets.Length; bucket++)
        {
            for (int block = _buckets[bucket]; block != End && reachable <= Count; block = _entries[block].Chain)
            {
                reachable += Contains(block) && Find(_entries[block].Parent, _entries[block].Salt, Tokens(block), Hash(_entries[block].Salt, Tokens(block))) == block ? 1 : 0;
            }
        }

        return reachable;
    }

    Span<int> Tokens(int block) => _tokens.AsSpan(block * _blockSize, _blockSize);

    int Identity(int parent, int hash) => HashCode.Combine(parent == Root ? 0 : _entries[parent].Identity, hash);

    int Bucket(int parent, int hash) => (int)((uint)HashCode.Combine(parent, hash) % (uint)_buckets.Length);

    // Together, so that a block costs one line of the processor's cache.
    struct Entry
    {
        public int Parent;   // Absent where the block is not in the index
        public int Chain;    // next block in the bucket, or End
        public int Bucket;   // the bucket it is in
        public int Identity; // a hash of all tokens up to the block's end
        public long Salt;
    }
}
