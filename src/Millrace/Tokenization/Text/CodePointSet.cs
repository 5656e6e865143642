namespace Millrace.Tokenization.Text;

/// <summary>An immutable set of Unicode code points: an inversion list.</summary>
sealed class CodePointSet
{
    internal const int End = 0x110000;

    /// <summary>Sorted flips: the set holds [_flips[0], _flips[1]), [_flips[2], _flips[3]), …</summary>
    readonly int[] _flips;

    CodePointSet(int[] flips) => _flips = flips;

    public static CodePointSet Empty { get; } = new([]);

    public static CodePointSet All { get; } = new([0, End]);

    public ReadOnlySpan<int> Flips => _flips;

    public static CodePointSet Range(int first, int last) => new([first, last + 1]);

    public static CodePointSet Of(ReadOnlySpan<int> codePoints)
    {
        int[] sorted = codePoints.ToArray();
        Array.Sort(sorted);
        List<int> flips = [];
        foreach (int c in sorted)
        {
            if (flips.Count > 0 && flips[^1] >= c)
            {
                flips[^1] = c + 1;
            }
            else
            {
                flips.Add(c);
                flips.Add(c + 1);
            }
        }

        return new([.. flips]);
    }

    public static CodePointSet FromFlips(int[] flips) => new(flips);

    public static CodePointSet operator |(CodePointSet a, CodePointSet b) => Merge(a, b, 1);

    public static CodePointSet operator &(CodePointSet a, CodePointSet b) => Merge(a, b, 2);

    public static CodePointSet operator ~(CodePointSet a) => a._flips switch
    {
        [] => All,
        [0, ..] => new([.. a._flips.AsSpan(1, a._flips.Length - (a._flips[^1] == End ? 2 : 1)), .. a._flips[^1] == End ? Empty.Flips : [End]]),
        _ => new([0, .. a._flips.AsSpan(0, a._flips.Length - (a._flips[^1] == End ? 1 : 0)), .. a._flips[^1] == End ? Empty.Flips : [End]]),
    };

    public bool Contains(int codePoint)
    {
        int at = Array.BinarySearch(_flips, codePoint);
        return ((at >= 0 ? at + 1 : ~at) & 1) != 0;
    }

    public bool SameAs(CodePointSet other) => _flips.AsSpan().SequenceEqual(other._flips);

    /// <summary>Walks both lists; a point is kept where at least <paramref name="needed"/> of the two sets hold it.</summary>
    static CodePointSet Merge(CodePointSet a, CodePointSet b, int needed)
    {
        List<int> flips = [];
        int i = 0, j = 0;
        while (i < a._flips.Length || j < b._flips.Length)
        {
            int x = i < a._flips.Length ? a._flips[i] : int.MaxValue;
            int y = j < b._flips.Length ? b._flips[j] : int.MaxValue;
            bool before = (i & 1) + (j & 1) >= needed;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
            if ((i & 1) + (j & 1) >= needed != before)
            {
                flips.Add(Math.Min(x, y));
            }
        }

        return new([.. flips]);
    }
}
