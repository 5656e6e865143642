using System.Text;
using Millrace.Tokenization;

namespace Millrace.Sampling;

/// <summary>DRY's sequence breakers from texts, as llama.cpp makes them: every token that contains the text, and every token that ends with a beginning of it followed by the tokens of the rest.</summary>
public static class DryBreakers
{
    const int MaxBytes = 40;

    /// <summary>The texts that llama.cpp takes unless told otherwise.</summary>
    public static IReadOnlyList<string> DefaultTexts { get; } = ["\n", ":", "\"", "*"];

    /// <summary>The token sequences for <see cref="SamplingParameters.DryBreakers"/>.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="texts">Each of 1 to 40 bytes of UTF-8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A text is empty or too long.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> FromTexts(Tokenizer tokenizer, IEnumerable<string> texts)
    {
        List<IReadOnlyList<int>> breakers = [];
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            ArgumentOutOfRangeException.ThrowIfZero(bytes.Length, nameof(texts));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, MaxBytes, nameof(texts));
            List<int>[] rests = new List<int>[bytes.Length]; // by how much of the text a token ends with
            for (int token = 0; token < tokenizer.VocabularySize; token++)
            {
                Add(tokenizer, token, bytes, rests, breakers);
            }
        }

        return breakers;
    }

    static void Add(Tokenizer tokenizer, int token, byte[] text, List<int>[] rests, List<IReadOnlyList<int>> breakers)
    {
        ReadOnlySpan<byte> piece = tokenizer.Piece(token);
        if (piece.IndexOf(text) >= 0)
        {
            breakers.Add([token]);
            return;
        }

        for (int length = 1; length < text.Length && length <= piece.Length; length++)
        {
            if (piece.EndsWith(text.AsSpan(0, length)))
            {
                rests[length] ??= Rest(tokenizer, text.AsSpan(length));
                breakers.Add([token, .. rests[length]]);
            }
        }
    }

    static List<int> Rest(Tokenizer tokenizer, ReadOnlySpan<byte> text)
    {
        List<int> ids = [];
        tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: false);
        return ids;
    }
}
