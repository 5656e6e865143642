using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Makes normalizers of their descriptions in tokenizer.json.</summary>
static class NormalizerReader
{
    const int MaxParts = 64;

    /// <summary>The normalizers of a description, to be applied one after the other.</summary>
    /// <exception cref="Formats.ModelFormatException">A kind is unknown, or an option is missing or wrong.</exception>
    public static TextNormalizer[] Read(JsonValue? description)
    {
        List<TextNormalizer> normalizers = [];
        if (description is { } found)
        {
            Add(found, normalizers);
        }

        return normalizers.Count <= MaxParts ? [.. normalizers] : throw description!.Value.Wrong($"at most {MaxParts} parts");
    }

    /// <summary>The pattern of a Replace or Split: {"String": …} as it is, or {"Regex": …}.</summary>
    public static Pattern Pattern(JsonValue description)
    {
        if (description.Find("String") is { } literal)
        {
            return Text.Pattern.Literal(literal.Text());
        }

        JsonValue regex = description["Regex"];
        try
        {
            return Text.Pattern.Compile(regex.Text());
        }
        catch (PatternException exception)
        {
            throw new Formats.ModelFormatException(regex.File, regex.Path, -1, "a regular expression", exception.Message);
        }
    }

    static void Add(JsonValue value, List<TextNormalizer> normalizers)
    {
        string type = value["type"].Text();
        switch (type)
        {
            case "Sequence":
                foreach (JsonValue item in value["normalizers"].Items())
                {
                    Add(item, normalizers);
                }

                break;
            case "Bert" or "BertNormalizer":
                AddBert(value, normalizers);
                break;
            default:
                normalizers.Add(Single(value, type));
                break;
        }
    }

    static TextNormalizer Single(JsonValue value, string type) => type switch
    {
        "NFC" => new FormNormalizer(NormalForm.C),
        "NFD" => new FormNormalizer(NormalForm.D),
        "NFKC" => new FormNormalizer(NormalForm.KC),
        "NFKD" => new FormNormalizer(NormalForm.KD),
        "Lowercase" => new LowercaseNormalizer(),
        "Nmt" => new NmtNormalizer(),
        "ByteLevel" => new ByteLevelNormalizer(),
        "StripAccents" => new StripMarksNormalizer(nonspacingOnly: false),
        "Strip" => new StripNormalizer(value["strip_left"].Bool(), value["strip_right"].Bool()),
        "Prepend" => new PrependNormalizer(value["prepend"].Text()),
        "Replace" => new ReplaceNormalizer(Pattern(value["pattern"]), value["content"].Text()),
        "Precompiled" => PrecompiledNormalizer.Read(value["precompiled_charsmap"]),
        _ => throw value["type"].Wrong("a known normalizer"),
    };

    static void AddBert(JsonValue value, List<TextNormalizer> normalizers)
    {
        bool lowercase = value["lowercase"].Bool();
        if (value["clean_text"].Bool())
        {
            normalizers.Add(new CleanTextNormalizer());
        }

        if (value["handle_chinese_chars"].Bool())
        {
            normalizers.Add(new ChineseCharactersNormalizer());
        }

        if (value.Find("strip_accents")?.Bool() ?? lowercase)
        {
            normalizers.Add(new FormNormalizer(NormalForm.D));
            normalizers.Add(new StripMarksNormalizer(nonspacingOnly: true));
        }

        if (lowercase)
        {
            normalizers.Add(new LowercaseNormalizer());
        }
    }
}
