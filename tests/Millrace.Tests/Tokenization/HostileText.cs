using System.Globalization;
using System.Text;

namespace Millrace.Tests.Tokenization;

/// <summary>Random texts of what tokenizers stumble over: code points of every category, unassigned ones included, runs of one class, mixed scripts and digits, all kinds of whitespace, emoji sequences, contractions, names of special tokens, bytes that are not UTF-8. The same seed gives the same texts.</summary>
sealed class HostileText
{
    // Of every kind, assigned in Unicode 15 and 16: tables of different age part here.
    static readonly int[] Recent = [0x0897, 0x1B4E, 0x1C89, 0x1C8A, 0x2427, 0x2FFC, 0x31E4, 0xA7CB, 0xA7DA, 0x105C0, 0x10D40, 0x10D50, 0x10D6A, 0x10D70, 0x11380, 0x113B8, 0x113D4, 0x116D0, 0x11F04, 0x16130, 0x1CC00, 0x1CCF0, 0x1E4D0, 0x1E5F1, 0x1FAE9, 0x2EBF0];
    static readonly int[] EastAsian = [0x4E2D, 0x6587, 0x3042, 0x30AB, 0xAC00, 0x3000, 0x2003, 0x3001, 0x3002, 0xFF0C, 0xFF01, 0x2019, 0x201C, 0x2026, 0x0E01, 0x0905, 0x20];

    static readonly int[][] ByCategory = MakeCategories();
    static readonly int[] Spaces = [9, 10, 11, 12, 13, 0x1C, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x2003, 0x200A, 0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF];
    static readonly string[] Snippets =
    [
        "'s", "'S", "'t", "'re", "'RE", "'ve", "'m", "'ll", "'d", "'ſ", "’s", "''", "don't", "I'M", "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "[CLS]", "[SEP]", "[MASK]",
        "<0x0A>", "▁", "▁▁", "Ġ", "Ċ", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "👍🏽", "e\u0301", "\u0301\u0302\u0303", "क्षि", "กำ", "한국어", "日本語テスト", "中文，。", "Việt", "Straße", "İstanbul", "ﬁ", "①②", "１２３", "٣٤٥", "𝟏𝟐", "½", "12345678", "3.14159",
        "\r\n", "\n\n\n", "\n \n", "  ", "    ", "\t\t", " \t", "  \n", "!?", "...", "---", "://", "();", "{}", "/* */", "a_b", "CamelCaseWord", "HTTPServer", "x = y + 1;", "\0", "\uFFFD", "\uFEFF", "—", "“", "„",
    ];

    readonly Random _random;
    readonly int[]? _alphabet;

    /// <summary>Creates the generator.</summary>
    /// <param name="seed">The same one gives the same texts.</param>
    /// <param name="alphabet">The only characters to use, or null for all.</param>
    public HostileText(int seed, string? alphabet = null)
    {
        _random = new Random(seed);
        _alphabet = alphabet?.EnumerateRunes().Select(rune => rune.Value).ToArray();
    }

    /// <summary>Whether bytes that are not UTF-8 may occur.</summary>
    public bool Malformed { get; init; }

    /// <summary>The next text.</summary>
    public byte[] Next()
    {
        List<byte> text = [];
        int parts = _random.Next(1, 24);
        if (_alphabet is not null)
        {
            for (int count = parts * 4; count > 0; count--)
            {
                Add(text, Pick(_alphabet));
            }

            return [.. text];
        }

        int[] alphabet = ByCategory[_random.Next(ByCategory.Length)];
        for (int i = 0; i < parts; i++)
        {
            switch (_random.Next(Malformed ? 12 : 11))
            {
                case 0 or 1: Repeat(text, () => Pick(ByCategory[_random.Next(ByCategory.Length)])); break;
                case 2: Repeat(text, () => Pick(alphabet)); break;
                case 3: Add(text, Pick(Spaces)); break;
                case 4: Repeat(text, () => Pick(Spaces)); break;
                case 5: Repeat(text, () => _random.Next(0x20, 0x7F)); break;
                case 6: Repeat(text, () => 'a' + _random.Next(26) - (_random.Next(4) == 0 ? 32 : 0)); break;
                case 7: RepeatOne(text); break;
                case 8: Repeat(text, () => '0' + _random.Next(10)); break;
                case 9 or 10: text.AddRange(Encoding.UTF8.GetBytes(Snippets[_random.Next(Snippets.Length)])); break;
                default: AddBytes(text); break;
            }

            if (_random.Next(3) == 0)
            {
                Add(text, ' ');
            }
        }

        return [.. text];
    }

    int Pick(int[] from) => from[_random.Next(from.Length)];

    void Repeat(List<byte> text, Func<int> next)
    {
        for (int count = _random.Next(1, 8); count > 0; count--)
        {
            Add(text, next());
        }
    }

    void RepeatOne(List<byte> text)
    {
        int one = _random.Next(2) == 0 ? Pick(ByCategory[_random.Next(ByCategory.Length)]) : _random.Next(0x20, 0x7F);
        for (int count = _random.Next(1, 40); count > 0; count--)
        {
            Add(text, one);
        }
    }

    // Without bytes that begin characters above U+10FFFF: at those llama.cpp ends the process.
    void AddBytes(List<byte> text)
    {
        for (int count = _random.Next(1, 6); count > 0; count--)
        {
            int value = _random.Next(0x80, 0x100);
            text.Add((byte)(value is >= 0xF4 and <= 0xF7 ? 0xF0 : value));
        }
    }

    static void Add(List<byte> text, int codePoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        text.AddRange(bytes[..new Rune(codePoint).EncodeToUtf8(bytes)]);
    }

    static int[][] MakeCategories()
    {
        List<int>[] lists = [.. Enum.GetValues<UnicodeCategory>().Select(_ => new List<int>())];
        for (int codePoint = 0; codePoint < 0x110000; codePoint++)
        {
            if (Rune.IsValid(codePoint))
            {
                lists[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)].Add(codePoint);
            }
        }

        return [.. lists.Where(list => list.Count > 0).Select(list => list.ToArray()), Recent, EastAsian];
    }
}
