using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Makes decoders of their descriptions in tokenizer.json.</summary>
static class DecoderReader
{
    const int MaxParts = 64;
    const int LongestStrip = 1 << 16;

    /// <summary>The decoders of a description, to be applied to each token one after the other.</summary>
    /// <exception cref="Formats.ModelFormatException">A kind is unknown, an option is missing or wrong, or what a token stands for would depend on all others.</exception>
    public static TokenDecoder[] Read(JsonValue? description)
    {
        if (description is not { } found)
        {
            return [new SpacedDecoder()];
        }

        List<TokenDecoder> decoders = [];
        bool joined = false;
        Add(found, decoders, ref joined);
        return decoders.Count <= MaxParts ? [.. decoders] : throw found.Wrong($"at most {MaxParts} parts");
    }

    static void Add(JsonValue value, List<TokenDecoder> decoders, ref bool joined)
    {
        string type = value["type"].Text();
        if (joined && type is not ("Sequence" or "Fuse" or "Strip" or "Replace"))
        {
            throw value["type"].Wrong("Strip, Replace or Fuse after Fuse");
        }

        switch (type)
        {
            case "Sequence":
                foreach (JsonValue item in value["decoders"].Items())
                {
                    Add(item, decoders, ref joined);
                }

                break;
            case "Fuse":
                joined = true;
                break;
            case "ByteLevel":
                decoders.Add(new ByteLevelDecoder());
                joined = true;
                break;
            default:
                decoders.Add(Single(value, type, joined));
                break;
        }
    }

    static TokenDecoder Single(JsonValue value, string type, bool joined) => type switch
    {
        "ByteFallback" => new ByteFallbackDecoder(),
        "Replace" => Replace(value, joined),
        "Metaspace" => new MetaspaceDecoder(value["replacement"].Character(), SplitterReader.Scheme(value) != PrependScheme.Never),
        "Strip" => Strip(value, joined),
        "WordPiece" => new WordPieceDecoder(value["prefix"].Text(), value["cleanup"].Bool()),
        "BPEDecoder" => new SuffixDecoder(value["suffix"].Text()),
        _ => throw value["type"].Wrong("a known decoder"),
    };

    static ReplaceDecoder Replace(JsonValue value, bool joined)
    {
        JsonValue pattern = value["pattern"];
        if (joined)
        {
            pattern["String"].Character();
        }

        return new ReplaceDecoder(NormalizerReader.Pattern(pattern), value["content"].Text());
    }

    static StripDecoder Strip(JsonValue value, bool joined)
    {
        int stop = value["stop"].Int(LongestStrip);
        return joined && stop > 0
            ? throw value["stop"].Wrong("0 after Fuse, as a stream does not know its end")
            : new StripDecoder(value["content"].Character(), value["start"].Int(LongestStrip), stop, joined);
    }
}
