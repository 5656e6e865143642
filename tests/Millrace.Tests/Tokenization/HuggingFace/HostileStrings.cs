using System.Text;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Random texts that join what tokenizers stumble over: all planes, marks, case pairs, spaces of every kind, names of special tokens and pieces of prose.</summary>
static class HostileStrings
{
    static readonly string[] Fragments =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u2028", "\u3000", "\u200B", "\u200D", "\u0085", "\u001F", "\u0000", "'s", "'S", "'ſ", "'ll", "'LL", "'\u212A", "ﬁ", "ſ", "ß", "İ", "Σ",
        "e\u0301", "é", "a\u0323\u0301", "a\u0301\u0323", "\u0301", "\u1100\u1161\u11A8", "각", "\uFF76\uFF9E", "が", "\u304B\u3099", "中文", "日本語", "한국어", "ไทย", "नमस्ते", "עִברִית", "العربية",
        "😀", "👩‍👩‍👧", "🇩🇪", "👍🏽", "𝒜", "𠀀", "\U0010FFFF", "\uFFFD", "\uFEFF", "▁", "▁▁", "Ġ", "Hello", "world", "THE", "camelCase", "XMLHttp", "123", "1234567", "٣٤", "Ⅷ", "½",
        "...", "!!!", "---", "/*", "<|endoftext|>", "<s>", "</s>", "<unk>", "[CLS]", "[MASK]", "<0x41>", "<|im_start|>", "<bos>", "<", "|>", "http://a.b/c?d=e", "don't", "we've", "ÀÉ", "àé",
    ];

    public static string[] Make(int count, int seed)
    {
        Random random = new(seed);
        string[] texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            StringBuilder text = new();
            for (int parts = random.Next(1, 14); parts > 0; parts--)
            {
                text.Append(random.Next(4) == 0 ? CodePoint(random) : Fragments[random.Next(Fragments.Length)]);
            }

            texts[i] = text.ToString();
        }

        return texts;
    }

    public static string CodePoint(Random random)
    {
        int limit = random.Next(5) switch { 0 => 0x80, 1 => 0x800, 2 or 3 => 0x10000, _ => 0x20000 };
        int code = random.Next(limit);
        return Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD";
    }
}
