using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Finds which strings a text begins with: the strings sorted, and a range of them that each byte narrows.</summary>
sealed class PrefixIndex
{
    readonly Utf8Strings _strings;
    readonly int[] _order;                 // sorted position → index in the strings; each text once
    readonly int[] _starts = new int[257]; // first byte → where its strings begin

    /// <summary>Indexes the strings; empty ones are left out.</summary>
    /// <param name="strings">The strings, kept.</param>
    /// <param name="last">Of equal ones, whether the last is found or the first.</param>
    public PrefixIndex(Utf8Strings strings, bool last)
    {
        _strings = strings;
        int[] order = [.. Enumerable.Range(0, strings.Count).Where(i => strings[i].Length > 0)];
        Array.Sort(order, (a, b) => strings[a].SequenceCompareTo(strings[b]) is not 0 and int order ? order : a.CompareTo(b));
        int kept = 0;
        foreach (int index in order)
        {
            if (kept > 0 && strings[order[kept - 1]].SequenceEqual(strings[index]))
            {
                order[kept - 1] = last ? index : order[kept - 1];
            }
            else
            {
                order[kept++] = index;
            }
        }

        _order = order[..kept];
        for (int i = 0, b = 0; b <= 256; b++)
        {
            while (i < kept && strings[_order[i]][0] < b)
            {
                i++;
            }

            _starts[b] = i;
        }
    }

    /// <summary>The strings that begin with what has been read.</summary>
    public Range All => new(0, _order.Length, 0);

    /// <summary>Whether a string begins with a byte.</summary>
    public bool Begins(byte first) => _starts[first] < _starts[first + 1];

    /// <summary>Reads one more byte.</summary>
    /// <returns>Whether any string is left.</returns>
    public bool Narrow(ref Range range, byte value)
    {
        int depth = range.Depth;
        if (depth == 0)
        {
            range = new(_starts[value], _starts[value + 1], 1);
            return range.Low < range.High;
        }

        int low = Bound(range, depth, value);
        int high = value == 255 ? range.High : Bound(range with { Low = low }, depth, value + 1);
        range = new(low, high, depth + 1);
        return low < high;
    }

    /// <summary>The index of the string that is exactly what has been read, or -1.</summary>
    public int Exact(in Range range) => range.Low < range.High && _strings[_order[range.Low]].Length == range.Depth ? _order[range.Low] : -1;

    /// <summary>The index of the longest string that a text begins with, or -1.</summary>
    public int Longest(ReadOnlySpan<byte> text)
    {
        int longest = -1;
        Range range = All;
        foreach (byte value in text)
        {
            if (!Narrow(ref range, value))
            {
                break;
            }

            int exact = Exact(range);
            longest = exact >= 0 ? exact : longest;
        }

        return longest;
    }

    /// <summary>The first sorted position whose byte at a depth is not below a value; a string that ends there sorts first.</summary>
    int Bound(in Range range, int depth, int value)
    {
        int low = range.Low;
        int high = range.High;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            ReadOnlySpan<byte> text = _strings[_order[middle]];
            if (text.Length <= depth || text[depth] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Sorted positions from Low up to High, whose strings agree in the first Depth bytes.</summary>
    public readonly record struct Range(int Low, int High, int Depth);
}
