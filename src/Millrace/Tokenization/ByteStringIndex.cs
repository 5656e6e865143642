using System.Numerics;
using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Finds the index of a byte string among many: one array of slots over strings that lie elsewhere.</summary>
sealed class ByteStringIndex
{
    readonly Utf8Strings _strings;
    readonly int[] _slots; // index + 1, or 0: open addressing, at most half full
    readonly int _mask;

    /// <summary>Indexes the strings; empty ones cannot be found, and of equal ones the first is.</summary>
    /// <param name="strings">The strings, kept.</param>
    public ByteStringIndex(Utf8Strings strings)
    {
        _strings = strings;
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, checked(strings.Count * 2)))];
        _mask = _slots.Length - 1;
        for (int i = 0; i < strings.Count; i++)
        {
            ReadOnlySpan<byte> text = strings[i];
            if (text.Length > 0)
            {
                LongestLength = Math.Max(LongestLength, text.Length);
                ref int slot = ref Slot(text);
                if (slot == 0)
                {
                    slot = i + 1;
                }
                else
                {
                    FirstDuplicate ??= i;
                }
            }
        }
    }

    /// <summary>Bytes of the longest string.</summary>
    public int LongestLength { get; }

    /// <summary>The first string that is equal to an earlier one, or null.</summary>
    public int? FirstDuplicate { get; }

    /// <summary>The index of a string, or -1.</summary>
    public int Find(ReadOnlySpan<byte> text) => text.Length > LongestLength ? -1 : Slot(text) - 1;

    /// <summary>The slot where a string is or belongs.</summary>
    ref int Slot(ReadOnlySpan<byte> text)
    {
        for (int at = (int)SeededHash.Of(text) & _mask; ; at = (at + 1) & _mask)
        {
            ref int slot = ref _slots[at];
            if (slot == 0 || _strings[slot - 1].SequenceEqual(text))
            {
                return ref slot;
            }
        }
    }
}
