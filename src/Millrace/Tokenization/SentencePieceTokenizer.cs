using System.Globalization;
using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>SentencePiece's BPE (<c>tokenizer.ggml.model</c> = <c>llama</c>: Llama 2, Mistral, Gemma, Phi-3): neighbours merge while their text is a token, the highest score first; what is no token in the end becomes bytes.</summary>
/// <remarks>Source: llama.cpp's <c>llm_tokenizer_spm</c>.</remarks>
sealed class SentencePieceTokenizer : VocabularyTokenizer
{
    const byte Whole = 1;

    readonly uint[] _priorities;   // [id], lower first
    readonly int[] _byteTokens;    // [byte]
    readonly bool[] _joinsMark;    // [byte]
    readonly byte[] _wholeness;    // [id] whether the merges are known to make the token of its own characters; written by any thread, to one value
    readonly bool _addSpacePrefix;
    readonly Utf8Strings _pieces;  // [id], ▁ as a space

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="ModelFormatException">The vocabulary is malformed.</exception>
    public SentencePieceTokenizer(ModelFile file)
        : base(Vocabulary.Read(file, new SpecialTokens { Bos = 1, Eos = 2, Unknown = 0, AddBos = true }))
    {
        _addSpacePrefix = file.Metadata.Bool("tokenizer.ggml.add_space_prefix", true);
        _priorities = Array.ConvertAll(Vocabulary.ReadScores(file.Metadata), Priority);
        _byteTokens = FindByteTokens();
        _joinsMark = FindJoins();
        _wholeness = new byte[Vocabulary.Count];
        _pieces = MakePieces();
    }

    readonly ref struct ScoreRule(ReadOnlySpan<byte> text, ByteStringIndex index, uint[] priorities) : IMergeRule
    {
        readonly ReadOnlySpan<byte> _text = text;

        public bool TryMerge(int start, int end, int left, int right, out uint priority, out int merged)
        {
            merged = index.Find(_text[start..end]);
            priority = merged < 0 ? 0 : priorities[merged];
            return merged >= 0;
        }
    }

    private protected override ReadOnlySpan<byte> TextPiece(int id) => _pieces[id];

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool afterSpecial, List<int> ids)
    {
        byte[] escaped = WhitespaceEscape.Apply(text, _addSpacePrefix && afterSpecial);
        SymbolMerger merger = new();
        int start = 0;
        bool afterMark = true;
        for (int at = 0; at < escaped.Length; at += LenientUtf8.LengthOf(escaped[at]))
        {
            bool isMark = WhitespaceEscape.IsMark(escaped, at);
            if (isMark && !afterMark && !_joinsMark[escaped[at - 1]])
            {
                EncodeWord(escaped.AsSpan(start..at), merger, ids);
                start = at;
            }

            afterMark = isMark;
        }

        EncodeWord(escaped.AsSpan(start), merger, ids);
    }

    /// <summary>Appends the ids of a part of the text across whose ends nothing can merge.</summary>
    void EncodeWord(ReadOnlySpan<byte> word, SymbolMerger merger, List<int> ids)
    {
        int token = Vocabulary.Index.Find(word);
        if (token >= 0 && _wholeness[token] == Whole)
        {
            ids.Add(token);
            return;
        }

        merger.Clear(word.Length);
        for (int at = 0; at < word.Length; at += LenientUtf8.LengthOf(word[at]))
        {
            merger.Add(at, 0);
        }

        merger.Merge(new ScoreRule(word, Vocabulary.Index, _priorities), word.Length);
        int before = ids.Count;
        for (int symbol = 0; symbol >= 0;)
        {
            (_, int start, int end) = merger.Read(ref symbol, word.Length);
            AddSymbol(word[start..end], ids);
        }

        if (token >= 0 && ids.Count == before + 1)
        {
            _wholeness[token] = Whole;
        }
    }

    void AddSymbol(ReadOnlySpan<byte> symbol, List<int> ids)
    {
        int id = Vocabulary.Index.Find(symbol);
        if (id >= 0)
        {
            ids.Add(id);
            return;
        }

        foreach (byte value in symbol)
        {
            ids.Add(_byteTokens[value]);
        }
    }

    /// <summary>Which bytes stand before a ▁ within some token. A text can be cut before a ▁ that follows another byte: no token spans the cut.</summary>
    bool[] FindJoins()
    {
        bool[] joins = new bool[256];
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> name = Vocabulary.Text[id];
            for (int at = 1; at < name.Length; at++)
            {
                joins[name[at - 1]] |= WhitespaceEscape.IsMark(name, at) && !WhitespaceEscape.IsMark(name, at - 3);
            }
        }

        return joins;
    }

    /// <summary>An integer that orders scores from high to low.</summary>
    static uint Priority(float score)
    {
        int bits = BitConverter.SingleToInt32Bits(score + 0f); // -0 becomes 0: they are equal
        return ~(uint)(bits ^ ((bits >> 31) | int.MinValue));
    }

    /// <summary>The token of each byte: its own, a token of the bare byte, or the unknown token, which every vocabulary has: by default it is 0.</summary>
    int[] FindByteTokens()
    {
        int[] tokens = new int[256];
        for (int value = 0; value < 256; value++)
        {
            int bare = Vocabulary.Index.Find([(byte)value]);
            tokens[value] = Vocabulary.Find(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? (bare >= 0 ? bare : Vocabulary.Special.Unknown!.Value);
        }

        return tokens;
    }
}
