using System.Text;
using System.Text.Json;
using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>The tokens of a model as its file lists them, and their ids, which need be neither in order nor without gaps.</summary>
sealed class TokenVocabulary
{
    /// <summary>Ids are below this.</summary>
    public const int MaxIds = 1 << 23;

    // Each id costs memory, also one that no token has.
    const int MaxGaps = 1 << 20;

    readonly ByteStringIndex _index;

    TokenVocabulary(Utf8Strings texts, int[] ids)
    {
        Texts = texts;
        Ids = ids;
        _index = new ByteStringIndex(texts);
        foreach (int id in ids)
        {
            EndOfIds = Math.Max(EndOfIds, id + 1);
        }
    }

    /// <summary>The tokens in file order.</summary>
    public Utf8Strings Texts { get; }

    /// <summary>The id of each.</summary>
    public int[] Ids { get; }

    /// <summary>How many tokens there are.</summary>
    public int Count => Ids.Length;

    /// <summary>One more than the highest id.</summary>
    public int EndOfIds { get; }

    /// <summary>Reads an object of token and id.</summary>
    public static TokenVocabulary Read(JsonValue vocab)
    {
        Utf8StringsBuilder texts = new(1024, 8192);
        List<int> ids = [];
        JsonText text = new();
        foreach (JsonProperty property in vocab.Properties())
        {
            if (!text.TryReadName(property, out ReadOnlySpan<byte> name))
            {
                throw vocab.Wrong("keys of whole characters");
            }

            texts.Add(name);
            ids.Add(property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int id) && id is >= 0 and < MaxIds
                ? id
                : throw new JsonValue(vocab.File, $"{vocab.Path}[\"{Shorten(Encoding.UTF8.GetString(name))}\"]", property.Value).Wrong($"an integer from 0 to {MaxIds - 1}"));
        }

        TokenVocabulary vocabulary = new(texts.Build(), [.. ids]);
        return vocabulary.EndOfIds - vocabulary.Count <= MaxGaps
            ? vocabulary
            : throw new ModelFormatException(vocab.File, vocab.Path, -1, $"ids with at most {MaxGaps} left out", $"{vocabulary.Count} tokens and the id {vocabulary.EndOfIds - 1}");
    }

    /// <summary>Makes a vocabulary whose ids are the positions.</summary>
    public static TokenVocabulary Of(Utf8Strings tokens) => new(tokens, [.. Enumerable.Range(0, tokens.Count)]);

    /// <summary>The id of a token, or -1.</summary>
    public int Find(ReadOnlySpan<byte> token) => _index.Find(token) is >= 0 and int index ? Ids[index] : -1;

    /// <summary>The id of a token, or -1.</summary>
    public int Find(string token) => Find(Encoding.UTF8.GetBytes(token));

    /// <summary>A text for a message.</summary>
    public static string Shorten(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
