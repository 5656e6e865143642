using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization;

/// <summary>Splits a text into the words within which byte pairs merge: one regular expression after the other, each within the pieces of the one before; what lies between two matches is a piece too.</summary>
/// <remarks>Source: llama.cpp's <c>unicode_regex_split</c>.</remarks>
sealed class PreTokenizer
{
    readonly Pattern[] _patterns;

    PreTokenizer(PreTokenizerDefinition definition)
    {
        _patterns = Array.ConvertAll(definition.Patterns, Pattern.Compile);
        IgnoreMerges = definition.IgnoreMerges;
        Defaults = new SpecialTokens { Bos = definition.HasBos ? 11 : null, Eos = 11, AddBos = definition.AddBos };
    }

    /// <summary>Whether a word that is a token is that token, whatever the merges make of it.</summary>
    public bool IgnoreMerges { get; }

    /// <summary>The roles of tokens where the file names none.</summary>
    public SpecialTokens Defaults { get; }

    /// <summary>The pre-tokenizer that a file names; the default one where it names none.</summary>
    /// <exception cref="ModelFormatException">The name is unknown.</exception>
    public static PreTokenizer Of(ModelFile file)
    {
        const string Key = "tokenizer.ggml.pre";
        string name = file.Metadata.String(Key, "") is { Length: > 0 } given ? given : "default";
        return new PreTokenizer(PreTokenizerDefinition.Find(name)
            ?? throw new ModelFormatException(file.Path, Key, -1, "the name of a known pre-tokenizer", $"\"{Vocabulary.Shorten(name)}\""));
    }

    /// <summary>Splits a text.</summary>
    public WordSplit Split(ReadOnlySpan<byte> text)
    {
        (byte[]? bytes, byte[]? characters) = Repair(text);
        ReadOnlySpan<byte> matched = characters ?? text;
        List<int> ends = [matched.Length];
        List<int> next = [];
        foreach (Pattern pattern in _patterns)
        {
            int start = 0;
            foreach (int end in ends)
            {
                foreach (PatternPiece piece in pattern.Split(matched[start..end]))
                {
                    if (piece.Length > 0)
                    {
                        next.Add(start + piece.Start + piece.Length);
                    }
                }

                start = end;
            }

            (ends, next) = (next, ends);
            next.Clear();
        }

        return new WordSplit(bytes, ends);
    }

    /// <summary>Spells a text that is not UTF-8 anew.</summary>
    /// <returns>The bytes that words consist of; and the text that patterns see, of equal length, in which a private character stands for a surrogate: they are of one kind. Null where the text is UTF-8.</returns>
    static (byte[]? Bytes, byte[]? Characters) Repair(ReadOnlySpan<byte> text)
    {
        if (System.Text.Unicode.Utf8.IsValid(text))
        {
            return (null, null);
        }

        byte[] bytes = new byte[checked(text.Length * 3)];
        byte[] characters = new byte[bytes.Length];
        int length = 0;
        while (text.Length > 0)
        {
            int value = LenientUtf8.Decode(text, out int used);
            LenientUtf8.Encode(value is >= 0xD800 and <= 0xDFFF ? 0xE000 : value, characters.AsSpan(length));
            length += LenientUtf8.Encode(value, bytes.AsSpan(length));
            text = text[used..];
        }

        return (bytes[..length], characters[..length]);
    }
}

/// <summary>The words of a text.</summary>
/// <param name="bytes">The text spelled anew, or null where it stands as it is.</param>
/// <param name="ends">Where each word ends.</param>
readonly ref struct WordSplit(byte[]? bytes, List<int> ends)
{
    /// <summary>Where each word ends, in bytes; the next begins there.</summary>
    public List<int> Ends { get; } = ends;

    /// <summary>The text that the ends refer to.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> original) => bytes ?? original;
}
