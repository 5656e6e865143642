using System.Text;
using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>How a byte-pair model treats the characters of a word.</summary>
sealed record BytePairOptions
{
    /// <summary>Stands before each character of a word but the first, in the names of tokens.</summary>
    public byte[] Prefix { get; init; } = [];

    /// <summary>Stands after the last character of a word, in the names of tokens.</summary>
    public byte[] Suffix { get; init; } = [];

    /// <summary>The token of unknown characters, or null: then they are dropped.</summary>
    public UnknownToken? Unknown { get; init; }

    /// <summary>Whether adjacent unknown characters are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether an unknown character becomes the tokens of its bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token is this token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }
}

/// <summary>Byte-pair encoding: the characters of a word merge pair by pair, by rank.</summary>
sealed class BytePairModel : TokenModel
{
    const byte Untried = 0, Whole = 1, Divided = 2;
    const int LongWord = 64;

    readonly BytePairOptions _options;
    readonly MergeTable _merges;
    readonly CharacterJoins _joins;
    readonly int[] _characters = new int[0x10000]; // [code point] id or -1, where no prefix or suffix counts
    readonly int[]? _bytes;
    readonly bool _plain;
    bool _mergesMakeSpecial;
    readonly byte[] _wholeness; // [id] whether the merges make the token of its own characters; found out when first asked

    /// <summary>Creates the model.</summary>
    public BytePairModel(TokenVocabulary vocabulary, MergeTable merges, CharacterJoins joins, BytePairOptions options)
        : base(vocabulary)
    {
        _options = options;
        _merges = merges;
        _joins = joins;
        _plain = options.Prefix.Length == 0 && options.Suffix.Length == 0;
        _bytes = options.ByteFallback ? ByteTokens.Find(this) : null;
        _wholeness = new byte[vocabulary.EndOfIds];
        if (vocabulary.Ids.Distinct().Count() < vocabulary.Count)
        {
            // Of two names with one id, what is found out about one need not hold for the other.
            Array.Fill(_wholeness, Divided);
        }

        Array.Fill(_characters, -1);
        for (int i = vocabulary.Count - 1; i >= 0; i--)
        {
            ReadOnlySpan<byte> text = vocabulary.Texts[i];
            if (text.Length is > 0 and < 4 && Utf8.Decode(text, 0, out int codePoint) == text.Length)
            {
                _characters[codePoint] = vocabulary.Ids[i];
            }
        }
    }

    public override void SetSpecial(IReadOnlySet<int> ids)
    {
        base.SetSpecial(ids);
        _mergesMakeSpecial = _merges.Makes(ids);
    }

    public override void Encode(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids)
    {
        if (_options.IgnoreMerges && Vocabulary.Find(word) is >= 0 and int whole && MayBe(whole, special))
        {
            ids.Add(whole);
            return;
        }

        if (!_plain || word.Length < LongWord)
        {
            EncodePart(word, special, merger, ids);
            return;
        }

        int start = 0;
        int before = -1;
        for (int at = 0; at < word.Length;)
        {
            int length = Utf8.Decode(word, at, out int codePoint);
            int known = codePoint < _characters.Length && _characters[codePoint] is >= 0 and int id && MayBe(id, special) ? codePoint : -1;
            if (before >= 0 && known >= 0 && !_joins.MayJoin(before, known))
            {
                EncodePart(word[start..at], special, merger, ids);
                start = at;
            }

            before = known;
            at += length;
        }

        EncodePart(word[start..], special, merger, ids);
    }

    /// <summary>Encodes a word, or a part of one across whose ends nothing merges.</summary>
    void EncodePart(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids)
    {
        int token = Vocabulary.Find(word);
        token = token >= 0 && MayBe(token, special) ? token : -1;
        if (token >= 0 && _wholeness[token] == Whole)
        {
            ids.Add(token);
            return;
        }

        merger.Clear(_plain || _bytes is null ? word.Length : checked(word.Length * (1 + _options.Prefix.Length + _options.Suffix.Length)));
        AddCharacters(word, special, merger);
        if (merger.Count == 0)
        {
            return;
        }

        int before = ids.Count;
        bool guarded = _mergesMakeSpecial && !special;
        if (guarded)
        {
            merger.Merge(new GuardedRule(this), merger.Count);
        }
        else
        {
            merger.Merge(new MergeTable.Rule(_merges), merger.Count);
        }

        for (int symbol = 0; symbol >= 0;)
        {
            (int id, _, _) = merger.Read(ref symbol, merger.Count);
            ids.Add(id);
        }

        if (token >= 0 && !guarded && _wholeness[token] == Untried)
        {
            // Threads may find out twice; they find the same.
            _wholeness[token] = ids.Count == before + 1 && ids[before] == token ? Whole : Divided;
        }
    }

    /// <summary>The symbols a word begins as. An unknown token waits for the next known character, even past the bytes of others: so the definition has it.</summary>
    void AddCharacters(ReadOnlySpan<byte> word, bool special, SymbolMerger merger)
    {
        bool waiting = false;
        Span<byte> name = stackalloc byte[_plain ? 0 : 4 + _options.Prefix.Length + _options.Suffix.Length];
        for (int at = 0; at < word.Length;)
        {
            int start = at;
            at += Utf8.Decode(word, at, out int codePoint);
            scoped ReadOnlySpan<byte> character = word[start..at];
            if (!_plain)
            {
                int length = Name(character, start == 0, at == word.Length, name);
                character = name[..length];
            }

            int id = _plain && codePoint < _characters.Length ? _characters[codePoint] : Vocabulary.Find(character);
            if (id >= 0 && MayBe(id, special))
            {
                if (waiting)
                {
                    Add(merger, _options.Unknown!.Require());
                    waiting = false;
                }

                Add(merger, id);
            }
            else if (!(_bytes is not null && TryAddBytes(character, merger)) && _options.Unknown is not null)
            {
                if (waiting && !_options.FuseUnknown)
                {
                    Add(merger, _options.Unknown.Require());
                }

                waiting = true;
            }
        }

        if (waiting)
        {
            Add(merger, _options.Unknown!.Require());
        }
    }

    /// <summary>Writes the name that a character's token would have.</summary>
    int Name(ReadOnlySpan<byte> character, bool first, bool last, Span<byte> name)
    {
        ReadOnlySpan<byte> prefix = first ? [] : _options.Prefix;
        ReadOnlySpan<byte> suffix = last ? _options.Suffix : [];
        prefix.CopyTo(name);
        character.CopyTo(name[prefix.Length..]);
        suffix.CopyTo(name[(prefix.Length + character.Length)..]);
        return prefix.Length + character.Length + suffix.Length;
    }

    bool TryAddBytes(ReadOnlySpan<byte> character, SymbolMerger merger)
    {
        foreach (byte value in character)
        {
            if (_bytes![value] < 0)
            {
                return false;
            }
        }

        foreach (byte value in character)
        {
            Add(merger, _bytes![value]);
        }

        return true;
    }

    static void Add(SymbolMerger merger, int id) => merger.Add(merger.Count, id);

    /// <summary>Merges by rank, but none that makes a control token.</summary>
    readonly struct GuardedRule(BytePairModel model) : IMergeRule
    {
        public bool TryMerge(int start, int end, int left, int right, out uint priority, out int merged) =>
            new MergeTable.Rule(model._merges).TryMerge(start, end, left, right, out priority, out merged) && model.MayBe(merged, special: false);
    }
}
