using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Turns a word into ids. What each kind does is defined by the models of Hugging Face's tokenizers. Safe for use by several threads.</summary>
abstract class TokenModel(TokenVocabulary vocabulary)
{
    /// <summary>The tokens.</summary>
    public TokenVocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The id of a token, or -1.</summary>
    public virtual int Find(ReadOnlySpan<byte> token) => Vocabulary.Find(token);

    /// <summary>Appends the ids of a word that is not empty.</summary>
    /// <param name="word">The word, well-formed UTF-8.</param>
    /// <param name="merger">Working memory.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <exception cref="ModelFormatException">The word needs an unknown token and the vocabulary has none.</exception>
    public abstract void Encode(ReadOnlySpan<byte> word, SymbolMerger merger, List<int> ids);
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
    public override void Encode(ReadOnlySpan<byte> word, SymbolMerger merger, List<int> ids) =>
        ids.Add(Vocabulary.Find(word) is >= 0 and int id ? id : unknown.Require());
}
