using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Finds the longest of many strings that a text begins with: they lie sorted, and each further byte of the text narrows the range that still agrees.</summary>
sealed class PrefixIndex
{
    readonly Utf8Strings _strings;
    readonly int[] _sorted; // indices, in the order of the strings' bytes

    /// <summary>Indexes strings that differ.</summary>
    public PrefixIndex(Utf8Strings strings)
    {
        _strings = strings;
        _sorted = [.. Enumerable.Range(0, strings.Count)];
        Array.Sort(_sorted, (a, b) => strings[a].SequenceCompareTo(strings[b]));
    }

    /// <summary>The index of the longest string that the text begins with, or -1.</summary>
    public int LongestPrefix(ReadOnlySpan<byte> text)
    {
        int longest = -1;
        int low = 0, high = _sorted.Length;
        for (int depth = 0; depth < text.Length && low < high; depth++)
        {
            // All strings in the range agree with the text before this depth and are longer.
            (low, high) = (FirstAtLeast(low, high, depth, text[depth]), FirstAtLeast(low, high, depth, text[depth] + 1));
            if (low < high && _strings[_sorted[low]].Length == depth + 1)
            {
                longest = _sorted[low++];
            }
        }

        return longest;
    }

    int FirstAtLeast(int low, int high, int depth, int value)
    {
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_strings[_sorted[middle]][depth] < value)
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
}
