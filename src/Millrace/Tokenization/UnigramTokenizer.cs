using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization;

/// <summary>SentencePiece's unigram model (<c>tokenizer.ggml.model</c> = <c>t5</c>): the text is brought into a normal form by a table of the file; then the tokens with the greatest sum of scores cover it.</summary>
/// <remarks>Source: llama.cpp's <c>llm_tokenizer_ugm</c>. Kudo 2018, Subword Regularization.</remarks>
sealed class UnigramTokenizer : VocabularyTokenizer
{
    const string TableKey = "tokenizer.ggml.precompiled_charsmap";
    const float UnknownPenalty = 10;

    readonly PrefixIndex _tokens;
    readonly PrefixIndex _userDefined;
    readonly float[] _scores;       // [id]
    readonly double _unknownScore;
    readonly int _unknown;
    readonly ReplacementTable? _table;
    readonly bool _addSpacePrefix;
    readonly bool _mergeSpaces;
    readonly Utf8Strings _pieces;   // [id], ▁ as a space

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="ModelFormatException">The vocabulary is malformed.</exception>
    public UnigramTokenizer(ModelFile file)
        : base(Vocabulary.Read(file, new SpecialTokens { Eos = 1, Unknown = 2, Padding = 0, AddEos = true }))
    {
        Metadata metadata = file.Metadata;
        _addSpacePrefix = metadata.Bool("tokenizer.ggml.add_space_prefix", false);
        _mergeSpaces = metadata.Bool("tokenizer.ggml.remove_extra_whitespaces", false);
        _scores = Vocabulary.ReadScores(metadata);
        _unknown = Vocabulary.Special.Unknown ?? throw new ModelFormatException(file.Path, "tokenizer.ggml.unknown_token_id", -1, "a token within the vocabulary", "none");
        _unknownScore = MinimumScore() - UnknownPenalty;
        _tokens = Select(TokenAttributes.Normal | TokenAttributes.UserDefined | TokenAttributes.Unused);
        _userDefined = Select(TokenAttributes.UserDefined);
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            _scores[id] = (Vocabulary.Attributes[id] & TokenAttributes.UserDefined) != 0 ? 0 : _scores[id];
        }

        _table = ReadTable(file);
        _pieces = MakePieces();
    }

    private protected override ReadOnlySpan<byte> TextPiece(int id) => _pieces[id];

    private protected override void EncodeText(ReadOnlySpan<byte> text, bool afterSpecial, List<int> ids)
    {
        ReadOnlySpan<byte> normal = Normalize(text);
        Step[] best = FindBest(normal);
        int before = ids.Count;
        bool afterUnknown = false;
        for (int end = normal.Length; end > 0; end = best[end].Start)
        {
            bool unknown = best[end].Token == _unknown;
            if (!(unknown && afterUnknown))
            {
                ids.Add(best[end].Token);
            }

            afterUnknown = unknown;
        }

        ids.Reverse(before, ids.Count - before);
    }

    /// <summary>The last token on the best way to each position.</summary>
    Step[] FindBest(ReadOnlySpan<byte> text)
    {
        Step[] best = new Step[text.Length + 1];
        Array.Fill(best, new Step(_unknown, 0, -double.MaxValue));
        best[0] = new Step(_unknown, 0, 0);
        for (int start = 0, next; start < text.Length; start = next)
        {
            next = Math.Min(start + LenientUtf8.LengthOf(text[start]), text.Length);
            double score = best[start].Score;
            bool single = false;
            PrefixIndex.Range range = _tokens.All;
            for (int at = start; at < text.Length && _tokens.Narrow(ref range, text[at]); at++)
            {
                if (_tokens.Exact(range) is >= 0 and int id)
                {
                    single |= at + 1 == next;
                    Offer(ref best[at + 1], new Step(id, start, score + _scores[id]));
                }
            }

            if (!single)
            {
                Offer(ref best[next], new Step(_unknown, start, score + _unknownScore));
            }
        }

        return best;
    }

    static void Offer(ref Step best, in Step step)
    {
        if (step.Score > best.Score)
        {
            best = step;
        }
    }

    readonly record struct Step(int Token, int Start, double Score);

    /// <summary>Replaces what the table replaces, spells spaces as ▁ and puts one before the text or before each word.</summary>
    ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        Utf8Buffer normal = new(text.Length + 16);
        bool inWord = false;
        bool prefix = _addSpacePrefix;
        while (text.Length > 0)
        {
            int length = NormalizePrefix(text, out ReadOnlySpan<byte> replacement);
            text = text[length..];
            foreach (byte value in replacement)
            {
                if (value != ' ')
                {
                    if (!inWord && (prefix || _mergeSpaces))
                    {
                        normal.Append(WhitespaceEscape.Mark);
                        prefix = false;
                    }

                    normal.Append([value]);
                }
                else if (!_mergeSpaces)
                {
                    normal.Append(WhitespaceEscape.Mark);
                }

                inWord = value != ' ';
            }
        }

        return normal.Span;
    }

    /// <summary>What the next characters become. Text that a user-defined token begins with stays as it is, even where the token does not follow whole: so the definition has it.</summary>
    int NormalizePrefix(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        int length = 0;
        PrefixIndex.Range range = _userDefined.All;
        while (length < text.Length && _userDefined.Narrow(ref range, text[length]))
        {
            length++;
        }

        if (length == 0 && _table is not null && _table.Match(text, longest: true, out replacement) is > 0 and int replaced)
        {
            return replaced;
        }

        bool malformed = length == 0 && LenientUtf8.Decode(text, out length) == 0xFFFD && length == 1;
        replacement = malformed ? "\uFFFD"u8 : text[..length];
        return length;
    }

    float MinimumScore()
    {
        float minimum = float.MaxValue;
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            minimum = (Vocabulary.FileAttributes[id] & TokenAttributes.Normal) != 0 ? Math.Min(minimum, _scores[id]) : minimum;
        }

        return minimum;
    }

    /// <summary>An index of the tokens that the file has as of some kinds; the others are empty in it.</summary>
    PrefixIndex Select(TokenAttributes kinds)
    {
        Utf8StringsBuilder selected = new(Vocabulary.Count, 0);
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            selected.Add((Vocabulary.FileAttributes[id] & kinds) != 0 ? Vocabulary.Text[id] : []);
        }

        return new PrefixIndex(selected.Build(), last: false);
    }

    static ReplacementTable? ReadTable(ModelFile file) => file.Metadata[TableKey] switch
    {
        null => null,
        byte[] table => ReplacementTable.Read(table),
        sbyte[] table => ReplacementTable.Read(System.Runtime.InteropServices.MemoryMarshal.AsBytes<sbyte>(table)),
        object other => throw new ModelFormatException(file.Path, TableKey, -1, "an array of bytes", other.GetType().Name),
    } ?? (file.Metadata.Contains(TableKey) ? throw new ModelFormatException(file.Path, TableKey, -1, "a trie whose size is its first four bytes, then replacements", "another length") : null);
}
