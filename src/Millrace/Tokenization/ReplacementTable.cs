using System.Buffers.Binary;

namespace Millrace.Tokenization;

/// <summary>SentencePiece's compiled table of replacements: a double-array trie of what is replaced, and the replacements, each ended by a zero.</summary>
/// <remarks>Source: SentencePiece's normalizer.cc and Darts-clone. An offset or a replacement outside the table matches nothing.</remarks>
sealed class ReplacementTable
{
    readonly uint[] _trie;
    readonly byte[] _replacements;

    ReplacementTable(uint[] trie, byte[] replacements) => (_trie, _replacements) = (trie, replacements);

    /// <summary>Reads a table: the size of the trie in bytes, the trie, the replacements; null where it is malformed.</summary>
    public static ReplacementTable? Read(ReadOnlySpan<byte> table)
    {
        if (table.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(table) is not (> 0 and var size) || size > table.Length - 4 || size % 4 != 0)
        {
            return null;
        }

        uint[] trie = new uint[size / 4];
        for (int i = 0; i < trie.Length; i++)
        {
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(table[(4 + (4 * i))..]);
        }

        return new(trie, table[(4 + (int)size)..].ToArray());
    }

    /// <summary>Finds what the beginning of a text is replaced by.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">Whether of several beginnings the longest counts, or the shortest.</param>
    /// <param name="replacement">What replaces it.</param>
    /// <returns>How many bytes are replaced; 0 where none are.</returns>
    public int Match(ReadOnlySpan<byte> text, bool longest, out ReadOnlySpan<byte> replacement)
    {
        int length = 0;
        uint found = 0;
        uint node = Offset(_trie[0]);
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (text[i] == 0 || node >= (uint)_trie.Length || (_trie[node] & 0x8000_00FF) != text[i])
            {
                break;
            }

            uint unit = _trie[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0)
            {
                (length, found) = (i + 1, node);
                if (!longest)
                {
                    break;
                }
            }
        }

        uint start = length > 0 && found < (uint)_trie.Length ? _trie[found] & 0x7FFF_FFFF : uint.MaxValue;
        replacement = start < (uint)_replacements.Length ? _replacements.AsSpan((int)start) : [];
        int end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? replacement : replacement[..end];
        return start < (uint)_replacements.Length ? length : 0;
    }

    static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
