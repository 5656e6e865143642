using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Between which two characters a merge can reach across, seen from the merges alone. A long word is cut everywhere else, and its parts merge for themselves, to the same tokens. A set of bits by hash: now and then it says yes in vain.</summary>
sealed class CharacterJoins
{
    const int Bits = 1 << 20;

    readonly ulong[] _bits = new ulong[Bits / 64];

    /// <summary>Notes a merge of two tokens that are not empty.</summary>
    public void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Utf8.Decode(left, left.Length - Utf8.LengthBefore(left, left.Length), out int last);
        Utf8.Decode(right, 0, out int first);
        int bit = Bit(last, first);
        _bits[bit >> 6] |= 1UL << bit;
    }

    /// <summary>Whether a merge may reach across.</summary>
    public bool MayJoin(int left, int right)
    {
        int bit = Bit(left, right);
        return (_bits[bit >> 6] >> bit & 1) != 0;
    }

    static int Bit(int left, int right) => (int)SeededHash.Of((ulong)left << 32 | (uint)right) & (Bits - 1);
}
