using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Turns a word into ids. What each kind does is defined by the models of Hugging Face's tokenizers. Safe for use by several threads.</summary>
abstract class TokenModel(TokenVocabulary vocabulary)
{
    bool[] _special = [];

    /// <summary>The tokens.</summary>
    public TokenVocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Says which of the vocabulary's own tokens are control tokens. To be called once, before any text is encoded.</summary>
    public virtual void SetSpecial(IReadOnlySet<int> ids)
    {
        _special = new bool[Vocabulary.EndOfIds];
        foreach (int id in ids)
        {
            if (id < _special.Length)
            {
                _special[id] = true;
            }
        }
    }

    /// <summary>The id of a token, or -1.</summary>
    public virtual int Find(ReadOnlySpan<byte> token) => Vocabulary.Find(token);

    /// <summary>Appends the ids of a word that is not empty.</summary>
    /// <param name="word">The word, well-formed UTF-8.</param>
    /// <param name="special">Whether the word may become a control token whose name it spells. The definition has it so; text of a user's must not.</param>
    /// <param name="merger">Working memory.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <exception cref="ModelFormatException">The word needs an unknown token and the vocabulary has none.</exception>
    public abstract void Encode(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids);

    /// <summary>Whether text may become a token.</summary>
    protected bool MayBe(int id, bool special) => special || !_special[id];
}

/// <summary>What stands for what the vocabulary lacks. A file may name a token that is not there: an error only where it is needed.</summary>
/// <param name="Id">The id, or -1.</param>
/// <param name="File">The file.</param>
/// <param name="Name">The token's name, or null where the file names none.</param>
sealed record UnknownToken(int Id, string File, string? Name)
{
    /// <summary>The id.</summary>
    /// <exception cref="ModelFormatException">There is none.</exception>
    public int Require() => Id >= 0 ? Id : throw new ModelFormatException(File, "model.unk_token", -1, "a token of the vocabulary for unknown text", Name is null ? "none" : $"\"{TokenVocabulary.Shorten(Name)}\"");
}

/// <summary>Each word is a token.</summary>
sealed class WordLevelModel(TokenVocabulary vocabulary, UnknownToken unknown) : TokenModel(vocabulary)
{
    public override void Encode(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids) =>
        ids.Add(Vocabulary.Find(word) is >= 0 and int id && MayBe(id, special) ? id : unknown.Require());
}
