using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization;

/// <summary>WordPiece (<c>tokenizer.ggml.model</c> = <c>bert</c>): the text is brought to lower case without accents and split at whitespace, punctuation and ideographs; a word is the longest tokens it begins with, or unknown as a whole. The tokens of a word's beginning are spelled with a ▁.</summary>
/// <remarks>Source: llama.cpp's <c>llm_tokenizer_wpm</c>; of a decomposed character it keeps the first part alone.</remarks>
sealed class WordPieceTokenizer : VocabularyTokenizer
{
    /// <summary>The longest token, in bytes: it bounds the time to find the longest that matches.</summary>
    const int MaxTokenBytes = 1024;

    readonly PrefixIndex _tokens;
    readonly bool _lowerCase;
    readonly bool _stripAccents;
    readonly int _unknown;
    readonly Utf8Strings _pieces; // [id], ▁ as a space

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="ModelFormatException">The vocabulary is malformed.</exception>
    public WordPieceTokenizer(ModelFile file)
        : base(Vocabulary.Read(file, new SpecialTokens { Bos = 101, Unknown = 100, Separator = 102, Padding = 0, Mask = 103, AddBos = true }))
    {
        _lowerCase = file.Metadata.Bool("tokenizer.ggml.normalizer.lowercase", true);
        _stripAccents = file.Metadata.Bool("tokenizer.ggml.normalizer.strip_accents", _lowerCase);
        _unknown = Vocabulary.Special.Unknown ?? throw Missing("unknown_token_id");
        Special = Vocabulary.Special with
        {
            AddBos = Vocabulary.Special.Bos is not null ? true : throw Missing("bos_token_id"),
            AddEos = false,
            AddSeparator = Vocabulary.Special.Separator is not null ? true : throw Missing("seperator_token_id"),
        };
        if (Vocabulary.Index.LongestLength > MaxTokenBytes)
        {
            throw new ModelFormatException(file.Path, "tokenizer.ggml.tokens", -1, $"WordPiece tokens of at most {MaxTokenBytes} bytes", $"{Vocabulary.Index.LongestLength}");
        }

        _tokens = new PrefixIndex(Vocabulary.Text, last: false);
        _pieces = MakePieces();
    }

    /// <summary>A text always begins with the BOS token ([CLS]) and ends with the separator ([SEP]).</summary>
    public override SpecialTokens Special { get; }

    private protected override ReadOnlySpan<byte> TextPiece(int id) => _pieces[id];

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool afterSpecial, List<int> ids)
    {
        Utf8Buffer word = new();
        while (text.Length > 0)
        {
            int character = LenientUtf8.Decode(text, out int length);
            text = text[length..];
            character = _stripAccents ? LlamaCharacters.FirstOfDecomposition(character) : character;
            CharacterKind kind = LlamaCharacters.KindOf(character);
            if (kind == CharacterKind.Whitespace)
            {
                EndWord(word, ids);
                continue;
            }

            if (character is 0 or 0xFFFD || kind == CharacterKind.Control || (_stripAccents && kind == CharacterKind.Mark))
            {
                continue;
            }

            int lower = _lowerCase ? LlamaCharacters.ToLower(character) : character;
            if (kind == CharacterKind.Punctuation || (character < 0x7F && kind == CharacterKind.Symbol) || LlamaCharacters.IsIdeograph(character))
            {
                EndWord(word, ids);
                Append(word, lower);
                EndWord(word, ids);
            }
            else
            {
                Append(word, lower);
            }
        }

        EndWord(word, ids);
    }

    /// <summary>Appends a character to a word; the first one with a ▁ before it.</summary>
    static void Append(Utf8Buffer word, int character)
    {
        if (word.Length == 0)
        {
            word.Append(WhitespaceEscape.Mark);
        }

        word.Append(character);
    }

    /// <summary>Appends the ids of a word and forgets it.</summary>
    void EndWord(Utf8Buffer word, List<int> ids)
    {
        if (word.Length == 0)
        {
            return;
        }

        int before = ids.Count;
        for (ReadOnlySpan<byte> rest = word.Span; rest.Length > 0;)
        {
            int token = _tokens.Longest(rest);
            if (token < 0)
            {
                ids.RemoveRange(before, ids.Count - before);
                break;
            }

            ids.Add(token);
            rest = rest[Vocabulary.Text[token].Length..];
        }

        if (ids.Count == before)
        {
            ids.Add(_unknown);
        }

        word.Clear();
    }

    ModelFormatException Missing(string key) => new(Vocabulary.File, $"tokenizer.ggml.{key}", -1, "a token within the vocabulary", "none");
}
