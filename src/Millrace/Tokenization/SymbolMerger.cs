namespace Millrace.Tokenization;

/// <summary>Decides which neighbours merge.</summary>
interface IMergeRule
{
    /// <summary>Whether two neighbouring symbols, of the text from <paramref name="start"/> to <paramref name="end"/>, merge.</summary>
    /// <param name="start">Where the left symbol begins.</param>
    /// <param name="end">Where the right symbol ends.</param>
    /// <param name="left">The id of the left symbol.</param>
    /// <param name="right">The id of the right symbol.</param>
    /// <param name="priority">How early; lower goes first; below <see cref="uint.MaxValue"/>.</param>
    /// <param name="merged">The id of what they become.</param>
    bool TryMerge(int start, int end, int left, int right, out uint priority, out int merged);
}

/// <summary>Merges the symbols of a text pair by pair, the lowest priority first and of equal ones the leftmost, until none is left: what byte-pair encodings and SentencePiece's BPE do. A heap keeps a text of one long word at O(n log n); the storage is reused from text to text.</summary>
sealed class SymbolMerger
{
    const uint NoPair = uint.MaxValue;

    Symbol[] _symbols = new Symbol[64];
    ulong[] _heap = new ulong[64]; // priority << 32 | left symbol; an entry whose symbol has another priority by now is stale
    int _heapCount;

    struct Symbol
    {
        public int Start;     // in the text
        public int Previous;  // symbol, or -1
        public int Next;      // symbol, or -1
        public int Id;
        public uint Priority; // of the merge with the next symbol, or NoPair
    }

    /// <summary>How many symbols were added.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all symbols and makes room for others.</summary>
    public void Clear(int capacity)
    {
        Count = 0;
        if (capacity > _symbols.Length)
        {
            _symbols = new Symbol[capacity];
            _heap = new ulong[capacity];
        }
    }

    /// <summary>Appends a symbol; no more than there is room for.</summary>
    /// <param name="start">Where it begins in the text: where its predecessor ends.</param>
    /// <param name="id">What the rule knows it by.</param>
    public void Add(int start, int id)
    {
        _symbols[Count] = new Symbol { Start = start, Previous = Count - 1, Next = -1, Id = id, Priority = NoPair };
        if (Count > 0)
        {
            _symbols[Count - 1].Next = Count;
        }

        Count++;
    }

    /// <summary>Merges what can be merged. The first symbol then is 0; <see cref="Read"/> follows the others.</summary>
    /// <param name="rule">Which neighbours merge.</param>
    /// <param name="length">Where the last symbol ends.</param>
    public void Merge<TRule>(TRule rule, int length) where TRule : struct, IMergeRule, allows ref struct
    {
        _heapCount = 0;
        for (int i = 0; i + 1 < Count; i++)
        {
            Offer(rule, i, length);
        }

        while (_heapCount > 0)
        {
            ulong first = Pop();
            int left = (int)(uint)first;
            ref Symbol symbol = ref _symbols[left];
            if (symbol.Priority != (uint)(first >> 32) || symbol.Priority == NoPair)
            {
                continue;
            }

            ref Symbol right = ref _symbols[symbol.Next];
            rule.TryMerge(symbol.Start, End(right, length), symbol.Id, right.Id, out _, out symbol.Id);
            symbol.Next = right.Next;
            right.Priority = NoPair;
            if (symbol.Next >= 0)
            {
                _symbols[symbol.Next].Previous = left;
            }

            Offer(rule, left, length);
            if (symbol.Previous >= 0)
            {
                Offer(rule, symbol.Previous, length);
            }
        }
    }

    /// <summary>Reads a symbol and steps to the next.</summary>
    /// <param name="symbol">The symbol, 0 to begin with; then the next, or -1.</param>
    /// <param name="length">Where the last symbol ends.</param>
    public (int Id, int Start, int End) Read(ref int symbol, int length)
    {
        ref Symbol read = ref _symbols[symbol];
        symbol = read.Next;
        return (read.Id, read.Start, End(read, length));
    }

    int End(in Symbol symbol, int length) => symbol.Next < 0 ? length : _symbols[symbol.Next].Start;

    void Offer<TRule>(TRule rule, int left, int length) where TRule : struct, IMergeRule, allows ref struct
    {
        ref Symbol symbol = ref _symbols[left];
        symbol.Priority = NoPair;
        if (symbol.Next >= 0)
        {
            ref Symbol right = ref _symbols[symbol.Next];
            if (rule.TryMerge(symbol.Start, End(right, length), symbol.Id, right.Id, out uint priority, out _))
            {
                symbol.Priority = priority;
                Push(((ulong)priority << 32) | (uint)left);
            }
        }
    }

    void Push(ulong entry)
    {
        if (_heapCount == _heap.Length)
        {
            Array.Resize(ref _heap, checked(_heapCount * 2));
        }

        ulong[] heap = _heap;
        int at = _heapCount++;
        while (at > 0 && heap[(at - 1) >> 2] > entry)
        {
            heap[at] = heap[(at - 1) >> 2];
            at = (at - 1) >> 2;
        }

        heap[at] = entry;
    }

    /// <summary>Takes the least entry of a heap of four children a node.</summary>
    ulong Pop()
    {
        ulong[] heap = _heap;
        ulong least = heap[0];
        int count = --_heapCount;
        ulong last = heap[count];
        int at = 0;
        for (int child = 1; child < count; child = (at << 2) + 1)
        {
            int smallest = child;
            int end = Math.Min(child + 4, count);
            for (int i = child + 1; i < end; i++)
            {
                smallest = heap[i] < heap[smallest] ? i : smallest;
            }

            if (heap[smallest] >= last)
            {
                break;
            }

            heap[at] = heap[smallest];
            at = smallest;
        }

        heap[at] = last;
        return least;
    }
}
