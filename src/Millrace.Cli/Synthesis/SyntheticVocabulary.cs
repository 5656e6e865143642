using System.Text;
using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Cli.Synthesis;

/// <summary>A byte-level vocabulary of GPT-2's kind: the 256 bytes, tokens made of them, and the two ends of a text.</summary>
sealed class SyntheticVocabulary
{
    /// <summary>The least there can be: the bytes and the ends.</summary>
    public const int LeastSize = 258;

    const int Normal = 1;
    const int Control = 3;
    const string Space = "Ġ"; // how the alphabet spells a space

    readonly List<string> _tokens = [.. Enumerable.Range(0, 256).Select(value => Spell((byte)value).ToString())];
    readonly List<string> _merges = [];

    /// <summary>How many tokens, the ends included.</summary>
    public int Size => _tokens.Count + 2;

    /// <summary>The id of the token that ends a text.</summary>
    public int End => Size - 1;

    /// <summary>The id of a token, or -1.</summary>
    public int Id(string token) => _tokens.IndexOf(Spell(token));

    /// <summary>A vocabulary of a size: tokens that no text becomes, but that decode to words of letters.</summary>
    public static SyntheticVocabulary OfSize(int size)
    {
        SyntheticVocabulary vocabulary = new();
        for (int i = 0; vocabulary.Size < size; i++)
        {
            vocabulary._tokens.Add(Space + Letters(i));
        }

        return vocabulary;
    }

    /// <summary>A vocabulary in which each of these words, with or without a space before it, is one token. A word is letters, and merges only from its beginning on, so that each text has one way to merge.</summary>
    public static SyntheticVocabulary OfWords(IEnumerable<string> words)
    {
        SyntheticVocabulary vocabulary = new();
        HashSet<string> known = [.. vocabulary._tokens];
        List<(string Left, char Right)> merges = [];
        foreach (string word in words.Select(Spell))
        {
            for (int length = 2; length <= word.Length; length++)
            {
                if (known.Add(word[..length]))
                {
                    merges.Add((word[..(length - 1)], word[length - 1]));
                    vocabulary._tokens.Add(word[..length]);
                }
            }
        }

        // A space goes to the letter behind it before that letter goes to the next.
        vocabulary._merges.AddRange(merges.OrderBy(merge => merge.Left == Space ? 0 : 1).Select(merge => $"{merge.Left} {merge.Right}"));
        return vocabulary;
    }

    /// <summary>Adds the tokenizer's keys.</summary>
    public void AddTo(GgufWriter writer)
    {
        List<string> tokens = [.. _tokens, "<s>", "</s>"];
        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "gpt-2");
        writer.Add("tokenizer.ggml.tokens", tokens.ToArray());
        writer.Add("tokenizer.ggml.token_type", tokens.Select((_, id) => id < _tokens.Count ? Normal : Control).ToArray());
        writer.Add("tokenizer.ggml.merges", _merges.ToArray());
        writer.Add("tokenizer.ggml.bos_token_id", (uint)tokens.Count - 2);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)tokens.Count - 1);
        writer.Add("tokenizer.ggml.add_bos_token", false);
    }

    // a … z, aa, ab …
    static string Letters(int number) => (number < 26 ? "" : Letters((number / 26) - 1)) + (char)('a' + (number % 26));

    static string Spell(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(Spell));

    // GPT-2 spells a byte that does not print as one of the characters from U+0100 on, in order.
    static char Spell(byte value) => Prints(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(other => !Prints((byte)other)));

    static bool Prints(byte value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
