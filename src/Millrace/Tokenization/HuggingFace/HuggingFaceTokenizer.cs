using System.Text;
using System.Text.Json;
using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>
/// The tokenizer of a Hugging Face folder. Ids are those of Hugging Face's <c>tokenizers</c> for the folder's <c>tokenizer.json</c>: added tokens first, then normalizer,
/// pre-tokenizer, model and post-processor as they stand in the file. Truncation and padding are not applied. Special tokens' roles come from the files beside
/// it.
/// </summary>
public sealed class HuggingFaceTokenizer : Tokenizer
{
    const long MaxBytes = 1 << 28;

    // A normalizer makes a text at most 11 times as long where it follows Unicode; more is an attack on the memory.
    const int MostGrowth = 64;
    const int FreeGrowth = 1 << 20;

    static readonly int[] Plain = [PostProcessorReader.TheText];

    readonly string _file;
    readonly TextNormalizer[] _normalizers;
    readonly TextSplitter[] _splitters;
    readonly TokenModel _model;
    readonly int[] _template;
    readonly AddedTokenSplitter _original;
    readonly AddedTokenSplitter _trusted;
    readonly AddedTokenSplitter _normalized;
    readonly HashSet<int> _special;
    readonly TokenPieces _pieces;

    HuggingFaceTokenizer(JsonValue root, string folder)
    {
        _file = root.File;
        _normalizers = NormalizerReader.Read(root.Find("normalizer"));
        _splitters = SplitterReader.Read(root.Find("pre_tokenizer"));
        _model = ModelReader.Read(root["model"]);
        _template = PostProcessorReader.Read(root.Find("post_processor"));
        AddedTokenReader added = AddedTokenReader.Read(root.Find("added_tokens"), _model);
        _original = added.InOriginal(everySpecial: false);
        _trusted = added.InOriginal(everySpecial: true);
        _normalized = added.InNormalized(_normalizers);
        _special = [.. added.ById.Values.Where(token => token.Special).Select(token => token.Id)];
        _model.SetSpecial(_special);
        _pieces = new TokenPieces(_model.Vocabulary, added.ById, DecoderReader.Read(root.Find("decoder")));
        FolderRoles roles = new(folder, name => added.Find(name) is >= 0 and int id ? id : _model.Find(Encoding.UTF8.GetBytes(name)), VocabularySize, _special);
        Special = roles.Special(_template);
        EndOfGeneration = roles.EndOfGeneration();
    }

    /// <inheritdoc/>
    public override int VocabularySize => _pieces.Count;

    /// <inheritdoc/>
    public override SpecialTokens Special { get; }

    /// <inheritdoc/>
    public override IReadOnlySet<int> EndOfGeneration { get; }

    /// <summary>Reads the tokenizer of a folder: tokenizer.json, and where they are there tokenizer_config.json, special_tokens_map.json and generation_config.json.</summary>
    /// <exception cref="ModelFormatException">The folder has no tokenizer.json; or a file is malformed, or asks for what is not known here; names the place in the file.</exception>
    public static HuggingFaceTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
        {
            throw new ModelFormatException(folder, "folder", -1, "tokenizer.json", "none");
        }

        using SourceFile file = new(path);
        using JsonDocument document = JsonFile.Read(file, MaxBytes);
        return new HuggingFaceTokenizer(new JsonValue(path, "", document.RootElement), folder);
    }

    /// <inheritdoc/>
    public override bool IsSpecial(int id)
    {
        CheckId(id);
        return _special.Contains(id);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Piece(int id)
    {
        CheckId(id);
        return _pieces.Inner(id);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> FirstPiece(int id)
    {
        CheckId(id);
        return _pieces.First(id);
    }

    /// <inheritdoc/>
    /// <exception cref="ModelFormatException">The text needs an unknown token and the vocabulary has none; or the file makes it grow, or take more steps, than is sane.</exception>
    public override void Encode(ReadOnlySpan<byte> utf8, List<int> ids, bool addSpecial, bool parseSpecial)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8));
        }

        foreach (int id in addSpecial ? _template : Plain)
        {
            if (id == PostProcessorReader.TheText)
            {
                EncodeText(utf8, parseSpecial, ids);
            }
            else
            {
                ids.Add(id);
            }
        }
    }

    /// <inheritdoc/>
    private protected override void EncodeTrusted(ReadOnlySpan<byte> utf8, ReadOnlySpan<int> trustedUntil, List<int> ids)
    {
        TextPieces pieces = new();
        _trusted.Split(utf8, atStart: true, special: false, pieces, trustedUntil);
        EncodePieces(pieces, utf8.Length, parseSpecial: false, ids);
    }

    void EncodeText(ReadOnlySpan<byte> text, bool parseSpecial, List<int> ids)
    {
        TextPieces pieces = new();
        _original.Split(text, atStart: true, parseSpecial, pieces);
        EncodePieces(pieces, text.Length, parseSpecial, ids);
    }

    void EncodePieces(TextPieces pieces, int length, bool parseSpecial, List<int> ids)
    {
        try
        {
            pieces = Cut(pieces, (int)Math.Min(Array.MaxLength, FreeGrowth + (long)MostGrowth * length), parseSpecial);
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException(_file, "normalizer and pre_tokenizer", -1, $"a text that grows at most {MostGrowth} times", exception.Message);
        }
        catch (PatternException exception)
        {
            throw new ModelFormatException(_file, "normalizer and pre_tokenizer", -1, "expressions that match in linear time", exception.Message);
        }

        EncodeWords(pieces, parseSpecial, ids);
    }

    /// <summary>Normalizes the stretches between added tokens and cuts them into words.</summary>
    TextPieces Cut(TextPieces pieces, int limit, bool parseSpecial)
    {
        TextPieces next = new() { Limit = limit };
        NormalizerChain chain = new(_normalizers) { Limit = limit };
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPieces.Piece piece = pieces[i];
            if (piece.Token >= 0)
            {
                next.Add(piece.Token);
                continue;
            }

            bool atStart = piece.AtStart;
            ReadOnlySpan<byte> normalized = chain.Normalize(pieces.Text(piece), ref atStart);
            _normalized.Split(normalized, atStart, parseSpecial, next);
        }

        (pieces, next) = (next, pieces);
        next.Limit = limit;
        foreach (TextSplitter splitter in _splitters)
        {
            next.Clear();
            Split(splitter, pieces, next);
            (pieces, next) = (next, pieces);
        }

        return pieces;
    }

    static void Split(TextSplitter splitter, TextPieces pieces, TextPieces next)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPieces.Piece piece = pieces[i];
            if (piece.Token >= 0)
            {
                next.Add(piece.Token);
            }
            else
            {
                splitter.Split(pieces.Text(piece), piece.AtStart, next);
            }
        }
    }

    void EncodeWords(TextPieces pieces, bool parseSpecial, List<int> ids)
    {
        SymbolMerger merger = new();
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPieces.Piece piece = pieces[i];
            if (piece.Token >= 0)
            {
                ids.Add(piece.Token);
            }
            else
            {
                _model.Encode(pieces.Text(piece), parseSpecial, merger, ids);
            }
        }
    }

    void CheckId(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
    }
}
