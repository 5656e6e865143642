using System.Text;
using System.Text.Json;
using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Makes a model of its description in tokenizer.json.</summary>
static class ModelReader
{
    const int LongestAffix = 16;
    const int LongestToken = 1024;
    const int LongestWord = 1 << 20;

    /// <summary>Reads the model.</summary>
    /// <exception cref="ModelFormatException">The kind is unknown, or an option is missing or wrong.</exception>
    public static TokenModel Read(JsonValue value) => Kind(value) switch
    {
        "BPE" => BytePair(value),
        "WordPiece" => WordPiece(value),
        "WordLevel" => WordLevel(value),
        "Unigram" => Unigram(value),
        _ => throw value["type"].Wrong("a known model"),
    };

    /// <summary>Old files do not name the kind; what they hold tells.</summary>
    static string Kind(JsonValue value) => value.Find("type")?.Text()
        ?? (value.Find("merges") is not null ? "BPE"
        : value.Find("max_input_chars_per_word") is not null ? "WordPiece"
        : value["vocab"].IsArray ? "Unigram" : "WordLevel");

    static BytePairModel BytePair(JsonValue value)
    {
        if (value.Find("dropout") is { } dropout && dropout.Number() != 0)
        {
            throw dropout.Wrong("no dropout, as ids would be random");
        }

        TokenVocabulary vocabulary = TokenVocabulary.Read(value["vocab"]);
        BytePairOptions options = new()
        {
            Prefix = Affix(value, "continuing_subword_prefix"),
            Suffix = Affix(value, "end_of_word_suffix"),
            Unknown = value.Find("unk_token") is { } unknown ? new UnknownToken(vocabulary.Find(unknown.Text()), value.File, unknown.Text()) : null,
            FuseUnknown = value.Find("fuse_unk")?.Bool() ?? false,
            ByteFallback = value.Find("byte_fallback")?.Bool() ?? false,
            IgnoreMerges = value.Find("ignore_merges")?.Bool() ?? false,
        };
        CharacterJoins joins = new();
        return new BytePairModel(vocabulary, Merges(value["merges"], vocabulary, options.Prefix.Length, joins), joins, options);
    }

    static byte[] Affix(JsonValue value, string name)
    {
        byte[] affix = value.Find(name) is { } found ? Encoding.UTF8.GetBytes(found.Text()) : [];
        return affix.Length <= LongestAffix ? affix : throw value[name].Wrong($"at most {LongestAffix} bytes");
    }

    static MergeTable Merges(JsonValue merges, TokenVocabulary vocabulary, int prefix, CharacterJoins joins)
    {
        int[] left = new int[merges.Count];
        int[] right = new int[left.Length];
        int[] merged = new int[left.Length];
        JsonText firstText = new();
        JsonText secondText = new();
        Utf8Buffer whole = new();
        int rank = 0;
        int index = 0;
        foreach (JsonElement merge in merges.Element.EnumerateArray())
        {
            string? problem = ReadPair(merge, firstText, secondText, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second);
            if (problem is null && !first.StartsWith("#version"u8))
            {
                whole.Clear();
                whole.Append(first);
                whole.Append(second[Math.Min(prefix, second.Length)..]);
                left[rank] = vocabulary.Find(first);
                right[rank] = vocabulary.Find(second);
                merged[rank] = vocabulary.Find(whole.Span);
                problem = second.Length < prefix ? "a second part with continuing_subword_prefix" : (left[rank] | right[rank] | merged[rank]) < 0 ? "a merge of tokens of model.vocab into a token of it" : null;
            }

            if (problem is not null)
            {
                throw new JsonValue(merges.File, $"{merges.Path}[{index}]", merge).Wrong(problem);
            }

            if (!first.StartsWith("#version"u8))
            {
                joins.Add(first, second);
                rank++;
            }

            index++;
        }

        left.AsSpan(rank).Fill(-1);
        return KeepLast(left, right, merged);
    }

    /// <summary>The two tokens of "a b" or of ["a", "b"]. A header such as merges.txt files begin with, which is no merge, is read as a first token.</summary>
    /// <returns>What was expected where it is neither, or null.</returns>
    static string? ReadPair(JsonElement merge, JsonText firstText, JsonText secondText, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
    {
        first = [];
        second = [];
        if (merge.ValueKind == JsonValueKind.Array)
        {
            return merge.GetArrayLength() == 2 && firstText.TryRead(merge[0], out first) && secondText.TryRead(merge[1], out second) ? null : "two tokens";
        }

        if (!firstText.TryRead(merge, out ReadOnlySpan<byte> both))
        {
            return "two tokens";
        }

        int space = both.IndexOf((byte)' ');
        if (both.StartsWith("#version"u8) || space < 0 || both[(space + 1)..].Contains((byte)' '))
        {
            first = both;
            return both.StartsWith("#version"u8) ? null : "two tokens with a space between";
        }

        first = both[..space];
        second = both[(space + 1)..];
        return null;
    }

    /// <summary>Of equal pairs the last counts, where a table keeps the first.</summary>
    static MergeTable KeepLast(int[] left, int[] right, int[] merged)
    {
        HashSet<(int Left, int Right)> seen = new(left.Length);
        for (int rank = left.Length - 1; rank >= 0; rank--)
        {
            left[rank] = left[rank] >= 0 && seen.Add((left[rank], right[rank])) ? left[rank] : -1;
        }

        return new(left, right, merged);
    }

    static WordPieceModel WordPiece(JsonValue value)
    {
        TokenVocabulary vocabulary = CheckLengths(TokenVocabulary.Read(value["vocab"]), value);
        string unknown = value["unk_token"].Text();
        byte[] prefix = Affix(value, "continuing_subword_prefix");
        return new WordPieceModel(vocabulary, prefix, value["max_input_chars_per_word"].Int(LongestWord), new UnknownToken(vocabulary.Find(unknown), value.File, unknown));
    }

    static WordLevelModel WordLevel(JsonValue value)
    {
        TokenVocabulary vocabulary = TokenVocabulary.Read(value["vocab"]);
        string unknown = value["unk_token"].Text();
        return new WordLevelModel(vocabulary, new UnknownToken(vocabulary.Find(unknown), value.File, unknown));
    }

    static UnigramModel Unigram(JsonValue value)
    {
        JsonValue vocab = value["vocab"];
        double[] scores = new double[vocab.Count];
        Utf8StringsBuilder tokens = new(scores.Length, 8 * scores.Length);
        JsonText text = new();
        foreach (JsonElement entry in vocab.Element.EnumerateArray())
        {
            int index = tokens.Count;
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2 || !text.TryRead(entry[0], out ReadOnlySpan<byte> token))
            {
                throw new JsonValue(vocab.File, $"{vocab.Path}[{index}]", entry).Wrong("a token and its score");
            }

            scores[index] = entry[1].ValueKind == JsonValueKind.Number && entry[1].TryGetDouble(out double score) && double.IsFinite(score)
                ? score
                : throw new JsonValue(vocab.File, $"{vocab.Path}[{index}][1]", entry[1]).Wrong("a number");
            tokens.Add(token);
        }

        TokenVocabulary vocabulary = CheckLengths(TokenVocabulary.Of(tokens.Build()), value);
        int unknown = value.Find("unk_id")?.Int(Math.Max(0, vocabulary.Count - 1)) ?? -1;
        return new UnigramModel(vocabulary, scores, new UnknownToken(unknown, value.File, null), value.Find("byte_fallback")?.Bool() ?? false);
    }

    /// <summary>These models walk along a token from each character of a text: the length of tokens bounds their time.</summary>
    static TokenVocabulary CheckLengths(TokenVocabulary vocabulary, JsonValue value)
    {
        for (int i = 0; i < vocabulary.Count; i++)
        {
            if (vocabulary.Texts[i].Length > LongestToken)
            {
                throw new ModelFormatException(value.File, $"{value.Path}.vocab", -1, $"tokens of at most {LongestToken} bytes", $"one of {vocabulary.Texts[i].Length}, number {i}");
            }
        }

        return vocabulary;
    }
}
