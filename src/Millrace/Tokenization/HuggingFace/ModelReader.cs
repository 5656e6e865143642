using System.Text;
using System.Text.Json;
using Millrace.Formats;

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
        int rank = 0;
        foreach (JsonValue merge in merges.Items())
        {
            // The header that merges.txt files begin with is no merge.
            if (merge.IsText && merge.Text().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            (string first, string second) = Pair(merge);
            byte[] continued = Encoding.UTF8.GetBytes(second);
            left[rank] = Required(vocabulary.Find(first), merge, first);
            right[rank] = Required(vocabulary.Find(continued), merge, second);
            byte[] whole = continued.Length < prefix ? throw merge.Wrong("a second part with continuing_subword_prefix") : [.. Encoding.UTF8.GetBytes(first), .. continued.AsSpan(prefix)];
            merged[rank] = Required(vocabulary.Find(whole), merge, first + second);
            joins.Add(Encoding.UTF8.GetBytes(first), continued);
            rank++;
        }

        left.AsSpan(rank).Fill(-1);
        return KeepLast(left, right, merged);
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

    static (string First, string Second) Pair(JsonValue merge)
    {
        if (merge.IsText)
        {
            string[] parts = merge.Text().Split(' ');
            return parts.Length == 2 ? (parts[0], parts[1]) : throw merge.Wrong("two tokens with a space between");
        }

        JsonValue[] items = merge.Count == 2 ? [.. merge.Items()] : throw merge.Wrong("two tokens");
        return (items[0].Text(), items[1].Text());
    }

    static int Required(int id, JsonValue merge, string token) =>
        id >= 0 ? id : throw new ModelFormatException(merge.File, merge.Path, -1, "a merge of tokens into a token", $"\"{TokenVocabulary.Shorten(token)}\", which model.vocab lacks");

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
        List<string> tokens = new(vocab.Count);
        double[] scores = new double[vocab.Count];
        foreach (JsonValue entry in vocab.Items())
        {
            JsonValue[] pair = entry.Count == 2 ? [.. entry.Items()] : throw entry.Wrong("a token and its score");
            scores[tokens.Count] = pair[1].Number();
            tokens.Add(pair[0].Text());
        }

        TokenVocabulary vocabulary = CheckLengths(TokenVocabulary.Of(tokens), value);
        int unknown = value.Find("unk_id")?.Int(Math.Max(0, tokens.Count - 1)) ?? -1;
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
