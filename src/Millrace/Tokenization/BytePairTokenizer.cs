using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Byte-pair encoding with a list of merges (<c>tokenizer.ggml.model</c> = <c>gpt2</c>): the text is split into words, and in each the bytes merge by rank.</summary>
/// <remarks>Source: llama.cpp's <c>llm_tokenizer_bpe</c>.</remarks>
sealed class BytePairTokenizer : VocabularyTokenizer
{
    const byte Untried = 0, Whole = 1, Divided = 2;

    readonly PreTokenizer _preTokenizer;
    readonly BytePairVocabulary _symbols;
    readonly byte[] _wholeness; // [id] whether the merges make the token of its own bytes; found out when first asked

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="ModelFormatException">The vocabulary is malformed, or the pre-tokenizer unknown.</exception>
    public BytePairTokenizer(ModelFile file)
        : this(file, PreTokenizer.Of(file))
    {
    }

    BytePairTokenizer(ModelFile file, PreTokenizer preTokenizer)
        : base(Vocabulary.Read(file, preTokenizer.Defaults))
    {
        _preTokenizer = preTokenizer;
        _symbols = new BytePairVocabulary(Vocabulary, file.Metadata.Strings("tokenizer.ggml.merges"));
        _wholeness = new byte[Vocabulary.Count];
    }

    /// <summary>What the spelling stands for, or the spelling itself where it is outside the alphabet; nothing for an unused token.</summary>
    private protected override ReadOnlySpan<byte> TextPiece(int id)
    {
        if ((Vocabulary.Attributes[id] & TokenAttributes.Normal) == 0)
        {
            return [];
        }

        ReadOnlySpan<byte> bytes = _symbols.Bytes(id);
        return bytes.Length > 0 ? bytes : Vocabulary.Text[id];
    }

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool afterSpecial, List<int> ids)
    {
        SymbolMerger merger = new();
        WordSplit words = _preTokenizer.Split(text);
        ReadOnlySpan<byte> rest = words.Text(text);
        int start = 0;
        foreach (int end in words.Ends)
        {
            EncodeWord(rest[start..end], merger, ids);
            start = end;
        }
    }

    void EncodeWord(ReadOnlySpan<byte> word, SymbolMerger merger, List<int> ids)
    {
        int token = _symbols.Find(word);
        if (token >= 0 && (_preTokenizer.IgnoreMerges || IsWhole(token, word, merger)))
        {
            ids.Add(token);
            return;
        }

        _symbols.Merge(word, merger);
        for (int symbol = 0; symbol >= 0;)
        {
            (int id, int start, int end) = merger.Read(ref symbol, word.Length);
            if (id < Vocabulary.Count)
            {
                ids.Add(id);
            }
            else
            {
                AddBytes(word[start..end], ids);
            }
        }
    }

    /// <summary>Whether the merges lead from the bytes of a token to the token. Threads may find out twice; they find the same.</summary>
    bool IsWhole(int token, ReadOnlySpan<byte> word, SymbolMerger merger)
    {
        if (_wholeness[token] == Untried)
        {
            _symbols.Merge(word, merger);
            int symbol = 0;
            (int id, _, _) = merger.Read(ref symbol, word.Length);
            _wholeness[token] = symbol < 0 && id == token ? Whole : Divided;
        }

        return _wholeness[token] == Whole;
    }

    /// <summary>A symbol that is no token becomes the tokens of its bytes, but only those that are spelled by one ASCII character: the definition looks up bytes of the spelling, not of the text.</summary>
    void AddBytes(ReadOnlySpan<byte> symbol, List<int> ids)
    {
        for (int i = 0; i < symbol.Length; i++)
        {
            int id = ByteAlphabet.IsAscii(symbol[i]) ? _symbols.Find(symbol.Slice(i, 1)) : -1;
            if (id >= 0)
            {
                ids.Add(id);
            }
        }
    }
}
