using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Makes splitters of the descriptions of pre-tokenizers in tokenizer.json.</summary>
static class SplitterReader
{
    const int MaxParts = 64;
    const int LongestPiece = 1 << 20;

    /// <summary>The splitters of a description, to be applied one after the other.</summary>
    /// <exception cref="Formats.ModelFormatException">A kind is unknown, or an option is missing or wrong.</exception>
    public static TextSplitter[] Read(JsonValue? description)
    {
        List<TextSplitter> splitters = [];
        if (description is { } found)
        {
            Add(found, splitters);
        }

        return splitters.Count <= MaxParts ? [.. splitters] : throw description!.Value.Wrong($"at most {MaxParts} parts");
    }

    /// <summary>When a Metaspace puts its mark first.</summary>
    public static PrependScheme Scheme(JsonValue value)
    {
        PrependScheme scheme = value.Find("prepend_scheme")?.Text() switch
        {
            null or "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw value["prepend_scheme"].Wrong("\"first\", \"never\" or \"always\""),
        };
        return value.Find("add_prefix_space")?.Bool() == false && scheme != PrependScheme.Never
            ? throw value["add_prefix_space"].Wrong("what prepend_scheme says")
            : scheme;
    }

    static void Add(JsonValue value, List<TextSplitter> splitters)
    {
        string type = value["type"].Text();
        switch (type)
        {
            case "Sequence":
                foreach (JsonValue item in value["pretokenizers"].Items())
                {
                    Add(item, splitters);
                }

                break;
            case "BertPreTokenizer":
                splitters.Add(Spaces(SplitBehavior.Removed));
                splitters.Add(Punctuation(SplitBehavior.Isolated));
                break;
            default:
                splitters.Add(Single(value, type));
                break;
        }
    }

    static TextSplitter Single(JsonValue value, string type) => type switch
    {
        "ByteLevel" => new ByteLevelSplitter(value["add_prefix_space"].Bool(), value.Find("use_regex")?.Bool() ?? true),
        "Split" => new PatternSplitter(NormalizerReader.Pattern(value["pattern"]), Behavior(value["behavior"]), value["invert"].Bool()),
        "Whitespace" => new PatternSplitter(Words(), SplitBehavior.Removed, invert: true),
        "WhitespaceSplit" => Spaces(SplitBehavior.Removed),
        "Metaspace" => new MetaspaceSplitter(value["replacement"].Character(), Scheme(value), value.Find("split")?.Bool() ?? true),
        "Digits" => new PatternSplitter(Pattern.OneOf("digits", Numbers()), value["individual_digits"].Bool() ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "Punctuation" => Punctuation(value.Find("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated),
        "UnicodeScripts" => new UnicodeScriptsSplitter(),
        "Delimiter" or "CharDelimiterSplit" => new PatternSplitter(Pattern.Literal(char.ConvertFromUtf32(value["delimiter"].Character())), SplitBehavior.Removed),
        "FixedLength" => new FixedLengthSplitter(value.Find("length")?.Int(LongestPiece) switch
        {
            null => 5,
            0 => throw value["length"].Wrong("at least 1"),
            int length => length,
        }),
        _ => throw value["type"].Wrong("a known pre-tokenizer"),
    };

    static PatternSplitter Spaces(SplitBehavior behavior) => new(Pattern.OneOf("whitespace", UnicodeSets.Space), behavior);

    static PatternSplitter Punctuation(SplitBehavior behavior) => new(Pattern.OneOf("punctuation", OldUnicode.Punctuation), behavior);

    /// <summary>Numbers as Rust's standard library has them: those that Unicode 17.0 added included.</summary>
    static CodePointSet Numbers() => UnicodeSets.Named("n")! | CodePointSet.Range(0x11DE0, 0x11DE9) | CodePointSet.Range(0x16FF4, 0x16FF6);

    /// <summary>Runs of word characters, and runs of what is neither word nor space.</summary>
    static Pattern Words()
    {
        CodePointSet word = AddedTokenSplitter.RustWord;
        return Pattern.RunOfEither("words", word, ~(word | UnicodeSets.Space));
    }

    static SplitBehavior Behavior(JsonValue value) => value.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw value.Wrong("a known behavior"),
    };
}
