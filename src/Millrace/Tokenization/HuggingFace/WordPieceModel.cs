using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>The longest token first, then the longest that continues it, and so on; a word that cannot be covered is unknown as a whole.</summary>
sealed class WordPieceModel : TokenModel
{
    readonly PrefixIndex _index;
    readonly PrefixIndex.Range _continuing;
    readonly bool _continues = true;
    readonly int _longestWord;
    readonly UnknownToken _unknown;

    /// <summary>Creates the model.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="prefix">What stands before a token that continues a word.</param>
    /// <param name="longestWord">How many characters a word may have.</param>
    /// <param name="unknown">The token of other words.</param>
    public WordPieceModel(TokenVocabulary vocabulary, ReadOnlySpan<byte> prefix, int longestWord, UnknownToken unknown)
        : base(vocabulary)
    {
        _index = new PrefixIndex(vocabulary.Texts, last: false);
        _longestWord = longestWord;
        _unknown = unknown;
        _continuing = _index.All;
        foreach (byte value in prefix)
        {
            _continues = _continues && _index.Narrow(ref _continuing, value);
        }
    }

    public override void Encode(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids)
    {
        int before = ids.Count;
        if (IsTooLong(word))
        {
            ids.Add(_unknown.Require());
            return;
        }

        for (int start = 0; start < word.Length;)
        {
            int end = start;
            int token = -1;
            PrefixIndex.Range range = start == 0 ? _index.All : _continuing;
            for (int at = start; (start == 0 || _continues) && at < word.Length && _index.Narrow(ref range, word[at]); at++)
            {
                if (_index.Exact(range) is >= 0 and int found && MayBe(Vocabulary.Ids[found], special))
                {
                    token = found;
                    end = at + 1;
                }
            }

            if (token < 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                ids.Add(_unknown.Require());
                return;
            }

            ids.Add(Vocabulary.Ids[token]);
            start = end;
        }
    }

    bool IsTooLong(ReadOnlySpan<byte> word)
    {
        int characters = 0;
        for (int at = 0; at < word.Length && characters <= _longestWord; characters++)
        {
            at += Utf8.Decode(word, at, out _);
        }

        return characters > _longestWord;
    }
}
