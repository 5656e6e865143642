using System.Text;

namespace Millrace.Tests.Conformance.Models;

/// <summary>A small vocabulary of GPT-2's kind that llama.cpp accepts: the 256 bytes, merges of two lower-case letters, and the two ends of a text.</summary>
static class TinyVocabulary
{
    /// <summary>How many tokens.</summary>
    public const int Size = 520;

    const int NormalToken = 1;
    const int ControlToken = 3;

    /// <summary>Adds the tokenizer's keys.</summary>
    public static void AddTo(IDictionary<string, object> metadata)
    {
        List<string> tokens = [.. Enumerable.Range(0, 256).Select(value => Spell((byte)value).ToString())];
        List<string> merges = [];
        for (int pair = 0; tokens.Count < Size - 2; pair++)
        {
            (char first, char second) = ((char)('a' + pair / 26), (char)('a' + pair % 26));
            merges.Add($"{first} {second}");
            tokens.Add($"{first}{second}");
        }

        tokens.AddRange(["<s>", "</s>"]);
        metadata["tokenizer.ggml.model"] = "gpt2";
        metadata["tokenizer.ggml.pre"] = "gpt-2";
        metadata["tokenizer.ggml.tokens"] = tokens.ToArray();
        metadata["tokenizer.ggml.token_type"] = tokens.Select((_, id) => id < Size - 2 ? NormalToken : ControlToken).ToArray();
        metadata["tokenizer.ggml.merges"] = merges.ToArray();
        metadata["tokenizer.ggml.bos_token_id"] = (uint)Size - 2;
        metadata["tokenizer.ggml.eos_token_id"] = (uint)Size - 1;
        metadata["tokenizer.ggml.add_bos_token"] = false;
    }

    // GPT-2 spells a byte that does not print as one of the characters from U+0100 on.
    static char Spell(byte value)
    {
        if (Prints(value))
        {
            return (char)value;
        }

        int before = Enumerable.Range(0, value).Count(other => !Prints((byte)other));
        return (char)(256 + before);
    }

    static bool Prints(byte value) => value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
}
