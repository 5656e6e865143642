using System.Runtime.CompilerServices;

namespace Millrace.Tokenization.Text;

/// <summary>A set of code points made ready for tests over UTF-8: one byte table for ASCII, a bitmap of plane 0 where the set has many ranges, a binary search for the rest.</summary>
sealed class CharacterClass
{
    const int FewRanges = 4;

    /// <summary>By byte: 0 an ASCII character outside the set, 1 one inside, 2 a byte of something longer.</summary>
    readonly byte[] _bytes = new byte[256];
    readonly ulong[]? _plane0;

    public CharacterClass(CodePointSet set)
    {
        Set = set;
        for (int b = 0; b < 128; b++)
        {
            _bytes[b] = set.Contains(b) ? (byte)1 : (byte)0;
        }

        _bytes.AsSpan(128).Fill(2);
        ReadOnlySpan<int> flips = set.Flips;
        if (flips.Length <= 2 * FewRanges)
        {
            return;
        }

        _plane0 = new ulong[0x10000 / 64];
        for (int i = 0; i < flips.Length; i += 2)
        {
            for (int c = flips[i]; c < Math.Min(flips[i + 1], 0x10000); c++)
            {
                _plane0[c >> 6] |= 1UL << c;
            }
        }
    }

    public CodePointSet Set { get; }

    /// <summary>Whether the character at a position, which may be the end of the text, is a member.</summary>
    /// <returns>The number of its bytes, or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Match(ReadOnlySpan<byte> text, int at)
    {
        if ((uint)at >= (uint)text.Length)
        {
            return 0;
        }

        int kind = _bytes[text[at]];
        return kind < 2 ? kind : MatchLong(text, at);
    }

    /// <summary>The end of the run of at most <paramref name="most"/> members that begins at a position.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">Where the run begins.</param>
    /// <param name="least">How many members there must be.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="low">The position after the first <paramref name="least"/> members.</param>
    /// <returns>The end, or -1 where there are fewer than <paramref name="least"/>.</returns>
    public int Run(ReadOnlySpan<byte> text, int at, int least, int most, out int low)
    {
        low = at;
        for (int count = 0; count < least; count++)
        {
            int length = Match(text, low);
            if (length == 0)
            {
                return -1;
            }

            low += length;
        }

        int end = low;
        if (most != RepeatNode.Unbounded)
        {
            for (int count = least; count < most; count++)
            {
                int length = Match(text, end);
                if (length == 0)
                {
                    break;
                }

                end += length;
            }

            return end;
        }

        byte[] bytes = _bytes;
        while (true)
        {
            while ((uint)end < (uint)text.Length && bytes[text[end]] == 1)
            {
                end++;
            }

            int length = Match(text, end);
            if (length == 0)
            {
                return end;
            }

            end += length;
        }
    }

    /// <summary>The first position at or after one where a member stands, or the end of the text.</summary>
    public int Find(ReadOnlySpan<byte> text, int at)
    {
        byte[] bytes = _bytes;
        while (true)
        {
            while ((uint)at < (uint)text.Length && bytes[text[at]] == 0)
            {
                at++;
            }

            if (at >= text.Length || Match(text, at) != 0)
            {
                return at;
            }

            at += Utf8.Decode(text, at, out _);
        }
    }

    int MatchLong(ReadOnlySpan<byte> text, int at)
    {
        int length = Utf8.Decode(text, at, out int c);
        bool member = _plane0 is not null && c < 0x10000 ? (_plane0[c >> 6] >> c & 1) != 0 : Set.Contains(c);
        return member ? length : 0;
    }
}
