using System.Numerics;
using System.Runtime.Intrinsics;

namespace Millrace.Sampling;

/// <summary>The tokens that may still be drawn, with their logits. Scratch that samplers share one after the other; sized once, owned by one thread.</summary>
public sealed class Candidates
{
    readonly float[] _logits;        // [vocabulary, padded to whole vectors]
    readonly float[] _probabilities; // [vocabulary, padded]
    readonly int[] _ids;             // [vocabulary]
    readonly ulong[] _keys;          // [vocabulary] sort keys
    int[] _positions = [];           // [longest context so far]

    /// <summary>Creates scratch for a vocabulary.</summary>
    public Candidates(int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        int padded = vocabulary + Vector256<float>.Count;
        _logits = new float[padded];
        _probabilities = new float[padded];
        _ids = new int[vocabulary];
        _keys = new ulong[vocabulary];
        PerToken = new int[vocabulary];
    }

    /// <summary>How many tokens there are in all.</summary>
    public int Vocabulary => _ids.Length;

    /// <summary>How many candidates are left.</summary>
    public int Count { get; private set; }

    /// <summary>Whether they stand in order of falling logits, equal ones by rising id.</summary>
    public bool Sorted { get; private set; }

    /// <summary>Their tokens.</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Their logits. Before any filter the index is the token.</summary>
    public Span<float> Logits => _logits.AsSpan(0, Count);

    /// <summary>Their probabilities as of the last <see cref="Softmax"/>.</summary>
    public ReadOnlySpan<float> Probabilities => _probabilities.AsSpan(0, Count);

    /// <summary>[vocabulary] zeros, for whoever counts something per token and clears it again.</summary>
    internal int[] PerToken { get; }

    /// <summary>Begins with every token.</summary>
    /// <param name="logits">[vocabulary]; copied.</param>
    /// <exception cref="SamplingException">One is NaN or positive infinity.</exception>
    public void Load(ReadOnlySpan<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, Vocabulary, nameof(logits));
        logits.CopyTo(_logits);
        Count = logits.Length;
        Sorted = false;
        int bad = FindNotANumber();
        if (bad >= 0)
        {
            throw new SamplingException($"the model gave {_logits[bad]} as the logit of token {bad}");
        }

        for (int i = 0; i < Count; i++)
        {
            _ids[i] = i;
        }
    }

    /// <summary>The index of the largest logit; of equal ones the first.</summary>
    /// <exception cref="SamplingException">All are negative infinity.</exception>
    public int IndexOfMax()
    {
        float max = Max();
        return max > float.NegativeInfinity
            ? NextAtLeast(0, max)
            : throw new SamplingException("every token is banned");
    }

    /// <summary>The probabilities of the candidates: exp(logit - max) / Σ.</summary>
    public void Softmax()
    {
        float max = _logits[Sorted ? 0 : IndexOfMax()];
        if (max == float.NegativeInfinity)
        {
            throw new SamplingException("every token is banned");
        }

        Pad();
        Vector256<float> shift = Vector256.Create(max);
        Vector256<double> low = default, high = default; // two sums of four lanes, always in this order
        for (int i = 0; i < Count; i += Vector256<float>.Count)
        {
            Vector256<float> exp = Vector256.Exp(Vector256.Create(_logits, i) - shift);
            exp.CopyTo(_probabilities, i);
            (Vector256<double> a, Vector256<double> b) = Vector256.Widen(exp);
            low += a;
            high += b;
        }

        var scale = Vector256.Create((float)(1 / Vector256.Sum(low + high)));
        for (int i = 0; i < Count; i += Vector256<float>.Count)
        {
            (Vector256.Create(_probabilities, i) * scale).CopyTo(_probabilities, i);
        }
    }

    /// <summary>Puts the candidates in order of falling logits. Probabilities are not moved with them.</summary>
    public void Sort()
    {
        if (Sorted)
        {
            return;
        }

        for (int i = 0; i < Count; i++)
        {
            _keys[i] = Key(_logits[i], _ids[i]);
        }

        Take(Count);
    }

    /// <summary>Keeps the k of largest logits, in order.</summary>
    public void KeepTop(int k)
    {
        if (k >= Count)
        {
            Sort();
            return;
        }

        if (Sorted)
        {
            Count = k;
            return;
        }

        for (int i = 0; i < k; i++)
        {
            _keys[i] = Key(_logits[i], _ids[i]);
        }

        // A heap of the best k so far with the worst of them at its root: few of the rest get past it.
        Span<ulong> heap = _keys.AsSpan(0, k);
        for (int i = k / 2 - 1; i >= 0; i--)
        {
            SiftDown(heap, i);
        }

        int at = k;
        while ((at = NextAtLeast(at, Logit(heap[0]))) < Count)
        {
            ulong key = Key(_logits[at], _ids[at]);
            if (key < heap[0])
            {
                heap[0] = key;
                SiftDown(heap, 0);
            }

            at++;
        }

        Take(k);
    }

    /// <summary>Keeps the candidates from a logit on; their order stays.</summary>
    public void KeepAtLeast(float logit)
    {
        int kept = 0;
        for (int i = NextAtLeast(0, logit); i < Count; i = NextAtLeast(i + 1, logit))
        {
            Move(i, kept++);
        }

        Count = kept;
    }

    /// <summary>Keeps the first so many.</summary>
    public void KeepFirst(int count) => Count = count;

    /// <summary>[vocabulary] room for sort keys, of whoever works on the candidates.</summary>
    internal Span<ulong> Keys => _keys;

    /// <summary>Puts a candidate at another's place, for those who keep some in their order and then <see cref="KeepFirst"/>.</summary>
    internal void Move(int from, int to)
    {
        _ids[to] = _ids[from];
        _logits[to] = _logits[from];
        _probabilities[to] = _probabilities[from];
    }

    /// <summary>[at least length] for the positions of a context.</summary>
    internal int[] PositionScratch(int length)
    {
        if (_positions.Length < length)
        {
            _positions = new int[Math.Max(length, _positions.Length * 2)];
        }

        return _positions;
    }

    /// <summary>Bits that order as the numbers do.</summary>
    internal static uint Ordered(float number)
    {
        uint bits = BitConverter.SingleToUInt32Bits(number + 0f); // -0 becomes 0
        return bits ^ ((uint)((int)bits >> 31) | 0x80000000);
    }

    /// <summary>Rises as the logit falls, then as the token rises.</summary>
    static ulong Key(float logit, int token) => ((ulong)~Ordered(logit) << 32) | (uint)token;

    static float Logit(ulong key)
    {
        uint ordered = ~(uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle(ordered ^ ((uint)~((int)ordered >> 31) | 0x80000000));
    }

    static void SiftDown(Span<ulong> heap, int parent)
    {
        ulong key = heap[parent];
        for (int child; (child = 2 * parent + 1) < heap.Length; parent = child)
        {
            child += child + 1 < heap.Length && heap[child + 1] > heap[child] ? 1 : 0;
            if (heap[child] <= key)
            {
                break;
            }

            heap[parent] = heap[child];
        }

        heap[parent] = key;
    }

    void Take(int count)
    {
        Span<ulong> keys = _keys.AsSpan(0, count);
        keys.Sort();
        for (int i = 0; i < count; i++)
        {
            _ids[i] = (int)(uint)keys[i];
            _logits[i] = Logit(keys[i]);
        }

        Count = count;
        Sorted = true;
    }

    void Pad() => _logits.AsSpan(Count, Vector256<float>.Count).Fill(float.NegativeInfinity);

    float Max()
    {
        Pad();
        var max = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < Count; i += Vector256<float>.Count)
        {
            max = Vector256.Max(max, Vector256.Create(_logits, i));
        }

        float result = max[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            result = Math.Max(result, max[lane]);
        }

        return result;
    }

    /// <summary>The first index from <paramref name="start"/> on whose logit is at least this, or <see cref="Count"/>.</summary>
    int NextAtLeast(int start, float logit)
    {
        var bound = Vector256.Create(logit);
        for (int i = start; i < Count; i += Vector256<float>.Count)
        {
            uint found = Vector256.GreaterThanOrEqual(Vector256.Create(_logits, i), bound).ExtractMostSignificantBits();
            if (found != 0)
            {
                return Math.Min(Count, i + BitOperations.TrailingZeroCount(found));
            }
        }

        return Count;
    }

    int FindNotANumber()
    {
        Pad();
        var infinity = Vector256.Create(float.PositiveInfinity);
        for (int i = 0; i < Count; i += Vector256<float>.Count)
        {
            uint fine = Vector256.LessThan(Vector256.Create(_logits, i), infinity).ExtractMostSignificantBits();
            if (fine != 0xFF)
            {
                return i + BitOperations.TrailingZeroCount(~fine);
            }
        }

        return -1;
    }
}
