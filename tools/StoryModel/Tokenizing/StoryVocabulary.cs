using System.Text;
using Millrace.Formats.Gguf;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary>The story model's vocabulary: five control tokens, the 256 bytes, and what merges make; and its place in a GGUF file.</summary>
public static class StoryVocabulary
{
    /// <summary>Tokens in all; ids without a token are named and not used.</summary>
    public const int Size = 2048;

    /// <summary>Begins every text.</summary>
    public const int Begin = 0;

    /// <summary>Ends a text that is no conversation.</summary>
    public const int EndOfText = 1;

    /// <summary>Begins a user's turn.</summary>
    public const int User = 2;

    /// <summary>Begins an assistant's turn.</summary>
    public const int Assistant = 3;

    /// <summary>Ends a turn.</summary>
    public const int EndOfTurn = 4;

    /// <summary>The most merges that there is room for.</summary>
    public static int MaxMerges => Size - Controls.Length - 256;

    const string ChatTemplate =
        "{%- for message in messages -%}"
        + "{%- if message['role'] == 'user' -%}{{ '<|user|>' + message['content'] + '<|end|>' }}"
        + "{%- elif message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] + '<|end|>' }}"
        + "{%- endif -%}{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}";

    const int Normal = 1;
    const int Control = 3;
    const int Unused = 5;

    static readonly string[] Controls = ["<|begin|>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"];

    /// <summary>Adds the tokenizer's keys to a file.</summary>
    public static void AddTo(GgufWriter writer, IReadOnlyList<(byte[] Left, byte[] Right)> merges)
    {
        List<string> tokens = [.. Controls, .. Enumerable.Range(0, 256).Select(value => Spell((byte)value).ToString())];
        List<int> types = [.. tokens.Select((_, id) => id < Controls.Length ? Control : Normal)];
        foreach ((byte[] left, byte[] right) in merges)
        {
            tokens.Add(Spell(left) + Spell(right));
            types.Add(Normal);
        }

        while (tokens.Count < Size)
        {
            tokens.Add($"<|unused{tokens.Count}|>");
            types.Add(Unused);
        }

        writer.Add("tokenizer.ggml.model", "gpt2");
        writer.Add("tokenizer.ggml.pre", "smollm");
        writer.Add("tokenizer.ggml.tokens", tokens.ToArray());
        writer.Add("tokenizer.ggml.token_type", types.ToArray());
        writer.Add("tokenizer.ggml.merges", merges.Select(merge => $"{Spell(merge.Left)} {Spell(merge.Right)}").ToArray());
        writer.Add("tokenizer.ggml.bos_token_id", (uint)Begin);
        writer.Add("tokenizer.ggml.eos_token_id", (uint)EndOfText);
        writer.Add("tokenizer.ggml.eot_token_id", (uint)EndOfTurn);
        writer.Add("tokenizer.ggml.add_bos_token", true);
        writer.Add("tokenizer.ggml.add_eos_token", false);
        writer.Add("tokenizer.chat_template", ChatTemplate);
    }

    static string Spell(byte[] bytes) => string.Concat(bytes.Select(Spell));

    // GPT-2 spells a byte that does not print as one of the characters from U+0100 on, in order.
    static char Spell(byte value) => Prints(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(other => !Prints((byte)other)));

    static bool Prints(byte value) => value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
}
