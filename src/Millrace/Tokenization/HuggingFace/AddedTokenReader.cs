using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>The added tokens of tokenizer.json and how they are found.</summary>
sealed class AddedTokenReader
{
    const int LongestContent = 512;

    readonly Dictionary<string, int> _ids = [];
    readonly Dictionary<int, AddedToken> _byId = [];
    readonly HashSet<string> _specials = [];

    AddedTokenReader(JsonValue? description, TokenModel model)
    {
        List<AddedToken> tokens = [];
        foreach (JsonValue item in description?.Items() ?? [])
        {
            tokens.Add(Token(item));
            if (tokens[^1].Special)
            {
                _specials.Add(tokens[^1].Content);
            }
        }

        // The ids in the file are not asked: a token of the model has its id there, others follow the model's tokens in turn.
        int next = model.Vocabulary.Count;
        foreach (AddedToken token in tokens)
        {
            if (token.Content.Length == 0)
            {
                continue;
            }

            if (!_ids.TryGetValue(token.Content, out int id) && (id = model.Find(System.Text.Encoding.UTF8.GetBytes(token.Content))) < 0)
            {
                id = next++;
            }

            _ids[token.Content] = id;
            _byId[id] = token with { Id = id };
        }

        First = FirstOfEach(tokens.Where(token => token.Special)).Concat(FirstOfEach(tokens.Where(token => !_specials.Contains(token.Content)))).ToArray();
    }

    /// <summary>The tokens by id.</summary>
    public IReadOnlyDictionary<int, AddedToken> ById => _byId;

    AddedToken[] First { get; }

    /// <summary>Reads the tokens.</summary>
    /// <exception cref="ModelFormatException">An option is missing or wrong.</exception>
    public static AddedTokenReader Read(JsonValue? description, TokenModel model) => new(description, model);

    /// <summary>The id of a token's name, or -1.</summary>
    public int Find(string content) => _ids.GetValueOrDefault(content, -1);

    /// <summary>What finds tokens in the original text: those that are not normalized, or also every special one.</summary>
    public AddedTokenSplitter InOriginal(bool everySpecial) => Splitter(First.Where(token => !token.Normalized || (everySpecial && token.Special)), []);

    /// <summary>What finds the other tokens in the normalized text.</summary>
    public AddedTokenSplitter InNormalized(TextNormalizer[] normalizers) => Splitter(First.Where(token => token.Normalized), normalizers);

    AddedTokenSplitter Splitter(IEnumerable<AddedToken> found, TextNormalizer[] normalizers)
    {
        AddedToken[] tokens = [.. found];
        Utf8StringsBuilder patterns = new(tokens.Length, 1024);
        NormalizerChain chain = new(normalizers) { Limit = 64 * LongestContent };
        foreach (AddedToken token in tokens)
        {
            bool atStart = true;
            patterns.Add(chain.Normalize(System.Text.Encoding.UTF8.GetBytes(token.Content), ref atStart));
        }

        return new AddedTokenSplitter([.. tokens.Select(token => _byId[_ids[token.Content]] with { Special = _specials.Contains(token.Content) })], patterns.Build());
    }

    static AddedToken Token(JsonValue value)
    {
        value["id"].Int(TokenVocabulary.MaxIds - 1);
        string content = value["content"].Text();
        if (content.Length > LongestContent)
        {
            throw value["content"].Wrong($"at most {LongestContent} characters");
        }

        return new AddedToken(-1, content, value["single_word"].Bool(), value["lstrip"].Bool(), value["rstrip"].Bool(), value["normalized"].Bool(), value["special"].Bool());
    }

    static IEnumerable<AddedToken> FirstOfEach(IEnumerable<AddedToken> tokens) => tokens.Where(token => token.Content.Length > 0).DistinctBy(token => token.Content);
}

/// <summary>Applies normalizers one after the other. Working memory of one encoding: not for several threads.</summary>
sealed class NormalizerChain(TextNormalizer[] normalizers)
{
    Utf8Buffer _from = new();
    Utf8Buffer _to = new();

    /// <summary>How many bytes a text may become.</summary>
    public int Limit { set => _from.Limit = _to.Limit = value; }

    /// <summary>Normalizes a text.</summary>
    /// <returns>The result, valid until the next call.</returns>
    public ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, ref bool atStart)
    {
        foreach (TextNormalizer normalizer in normalizers)
        {
            _to.Clear();
            normalizer.Normalize(text, _to, ref atStart);
            (_from, _to) = (_to, _from);
            text = _from.Span;
        }

        return text;
    }
}
