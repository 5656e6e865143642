using System.Text;
using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>The symbols of a byte-level byte-pair encoding and their merges. Symbols up to the vocabulary's size are its tokens; the others are byte strings that only merges name.</summary>
sealed class BytePairVocabulary
{
    readonly Utf8Strings _bytes;                   // [id] what a token's spelling stands for; empty where it is outside the alphabet
    readonly ByteStringIndex _index;
    readonly Dictionary<string, int> _others = []; // Latin-1 of the bytes → symbol
    readonly int[] _byteSymbols = new int[256];    // [byte]
    readonly MergeTable _merges;

    /// <summary>Takes the tokens of a vocabulary and the merges of its file.</summary>
    /// <param name="vocabulary">The tokens, spelled in <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">The merges in order of rank: two spellings with a space between.</param>
    public BytePairVocabulary(Vocabulary vocabulary, Utf8Strings merges)
    {
        _bytes = Decode(vocabulary.Text);
        _index = new ByteStringIndex(_bytes);
        for (int value = 0; value < 256; value++)
        {
            _byteSymbols[value] = Symbol([(byte)value]);
        }

        _merges = ReadMerges(merges);
    }

    /// <summary>The bytes a token's spelling stands for; empty where it is outside the alphabet.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => _bytes[id];

    /// <summary>The token of a byte string, or -1.</summary>
    public int Find(ReadOnlySpan<byte> bytes) => _index.Find(bytes);

    /// <summary>Merges the bytes of a word; the merger then holds the symbols.</summary>
    public void Merge(ReadOnlySpan<byte> word, SymbolMerger merger)
    {
        merger.Clear(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            merger.Add(i, _byteSymbols[word[i]]);
        }

        merger.Merge(new MergeTable.Rule(_merges), word.Length);
    }

    static Utf8Strings Decode(Utf8Strings spellings)
    {
        int bytes = 0;
        for (int id = 0; id < spellings.Count; id++)
        {
            bytes = checked(bytes + spellings[id].Length);
        }

        Utf8StringsBuilder decoded = new(spellings.Count, bytes);
        for (int id = 0; id < spellings.Count; id++)
        {
            ReadOnlySpan<byte> spelling = spellings[id];
            decoded.Commit(Math.Max(0, ByteAlphabet.Decode(spelling, decoded.Room(spelling.Length))));
        }

        return decoded.Build();
    }

    MergeTable ReadMerges(Utf8Strings merges)
    {
        int[] left = new int[merges.Count];
        int[] right = new int[merges.Count];
        int[] merged = new int[merges.Count];
        byte[] buffer = new byte[64];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> merge = merges[rank];
            buffer = buffer.Length < merge.Length ? new byte[merge.Length * 2] : buffer;

            // The first character may itself be a space, which no word holds: such a merge never applies.
            int space = merge.Length > 1 ? merge[1..].IndexOf((byte)' ') + 1 : 0;
            int first = space > 0 ? ByteAlphabet.Decode(merge[..space], buffer) : -1;
            int second = first > 0 ? ByteAlphabet.Decode(merge[(space + 1)..], buffer.AsSpan(first)) : -1;
            left[rank] = second > 0 ? Symbol(buffer.AsSpan(0, first)) : -1;
            right[rank] = second > 0 ? Symbol(buffer.AsSpan(first, second)) : -1;
            merged[rank] = second > 0 ? Symbol(buffer.AsSpan(0, first + second)) : -1;
        }

        return new MergeTable(left, right, merged);
    }

    int Symbol(ReadOnlySpan<byte> bytes)
    {
        int token = _index.Find(bytes);
        if (token >= 0)
        {
            return token;
        }

        string name = Encoding.Latin1.GetString(bytes);
        if (!_others.TryGetValue(name, out int symbol))
        {
            symbol = _bytes.Count + _others.Count;
            _others.Add(name, symbol);
        }

        return symbol;
    }
}
