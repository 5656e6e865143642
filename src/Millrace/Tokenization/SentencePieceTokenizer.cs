using System.Globalization;
using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>SentencePiece's BPE (<c>tokenizer.ggml.model</c> = <c>llama</c>: Llama 2, Mistral, Gemma, Phi-3): neighbours merge while their text is a token, the highest score first; what is no token in the end becomes bytes.</summary>
/// <remarks>Source: llama.cpp's <c>llm_tokenizer_spm</c>.</remarks>
sealed class SentencePieceTokenizer : VocabularyTokenizer
{
    readonly uint[] _priorities;   // [id], lower first
    readonly int[] _byteTokens;    // [byte]
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
        for (int at = 0; at < escaped.Length; at += LenientUtf8.LengthOf(escaped[at]))
        {
            merger.Add(at, 0);
        }

        merger.Merge(new ScoreRule(escaped, Vocabulary.Index, _priorities), escaped.Length);
        for (int symbol = 0; symbol >= 0;)
        {
            (_, int start, int end) = merger.Read(ref symbol, escaped.Length);
            int id = Vocabulary.Index.Find(escaped.AsSpan(start..end));
            if (id >= 0)
            {
                ids.Add(id);
                continue;
            }

            foreach (byte value in escaped.AsSpan(start..end))
            {
                ids.Add(_byteTokens[value]);
            }
        }
    }

    /// <summary>An integer that orders scores from high to low.</summary>
    static uint Priority(float score)
    {
        int bits = BitConverter.SingleToInt32Bits(score + 0f); // -0 becomes 0: they are equal
        return ~(uint)(bits ^ ((bits >> 31) | int.MinValue));
    }

    int[] FindByteTokens()
    {
        int[] tokens = new int[256];
        for (int value = 0; value < 256; value++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            int bare = Vocabulary.Index.Find([(byte)value]);
            tokens[value] = Vocabulary.Find(name) ?? (bare >= 0 ? bare : Vocabulary.Special.Unknown)
                ?? throw new ModelFormatException(Vocabulary.File, "tokenizer.ggml.tokens", -1, $"a token {name}, or an unknown token", "neither");
        }

        return tokens;
    }

    Utf8Strings MakePieces()
    {
        Utf8StringsBuilder pieces = new(Vocabulary.Count, 0);
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> name = Vocabulary.Text[id];
            TokenAttributes attributes = Vocabulary.Attributes[id];
            if ((attributes & TokenAttributes.Normal) != 0)
            {
                pieces.Commit(WhitespaceEscape.Undo(name, pieces.Room(name.Length)));
            }
            else if ((attributes & TokenAttributes.Byte) != 0 && ByteOf(name) is var value and >= 0)
            {
                pieces.Add([(byte)value]);
            }
            else
            {
                pieces.Add([]);
            }
        }

        return pieces.Build();
    }
}
