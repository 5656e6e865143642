using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Millrace.Tests.Tokenization.HuggingFace;
using Millrace.Tokenization.Text;

namespace Millrace.Tests.Tokenization.Text;

public sealed class PatternTests
{
    public const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    public const string Gpt4o = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    static string Pieces(string pattern, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        StringBuilder result = new();
        foreach (PatternPiece piece in Pattern.Compile(pattern).Split(bytes))
        {
            string part = Encoding.UTF8.GetString(bytes.AsSpan(piece.Start, piece.Length));
            result.Append(piece.IsMatch ? $"<{part}>" : part);
        }

        return result.ToString();
    }

    [Theory]
    [InlineData("a|ab", "abab", "<a>b<a>b")]
    [InlineData("ab|a", "abab", "<ab><ab>")]
    [InlineData("a*?b", "aab", "<aab>")]
    [InlineData("a+?", "aa", "<a><a>")]
    [InlineData("a{2,3}", "aaaaaa", "<aaa><aaa>")]
    [InlineData("a{2,3}?", "aaaaa", "<aa><aa>a")]
    [InlineData("a{,2}b", "aaab", "a<aab>")]
    [InlineData("a{2}?", "aa", "<aa>")]
    [InlineData("a{x}", "a{x}", "<a{x}>")]
    [InlineData("a++a", "aaa", "aaa")]
    [InlineData("(?>a|ab)c", "abc", "abc")]
    [InlineData("(?:ab)*+c", "ababc", "<ababc>")]
    [InlineData("(a|b)+c", "abac", "<abac>")]
    [InlineData("(?:ab|cd){2,}?x", "abcdabx", "<abcdabx>")]
    [InlineData("a(?=b)", "abac", "<a>bac")]
    [InlineData("a(?!b)", "abac", "ab<a>c")]
    [InlineData("(?<=a)b", "abcb", "a<b>cb")]
    [InlineData("(?<!a)b", "abcb", "abc<b>")]
    [InlineData("(?<=aé|x)b", "aébxbb", "aé<b>x<b>b")]
    [InlineData("(?<!é)b", "bébb", "<b>éb<b>")]
    [InlineData("(?<name>a)b", "ab", "<ab>")]
    [InlineData("(?#a comment)b", "ab", "a<b>")]
    [InlineData("(?x: a b # comment\n c )", "abc", "<abc>")]
    [InlineData("a(?i)b|c", "aB aC", "<aB> <aC>")]
    [InlineData("(?i:[a-c]+)d", "aBCd aBCD", "<aBCd> aBCD")]
    [InlineData("(?i-i:a)", "aA", "<a>A")]
    [InlineData("^a", "ab\nab\nb", "<a>b\n<a>b\nb")]
    [InlineData("b$", "ab\nab", "a<b>\na<b>")]
    [InlineData(@"\Aa", "aa", "<a>a")]
    [InlineData(@"a\z", "a\na", "a\n<a>")]
    [InlineData(@"a\Z", "aa\n", "a<a>\n")]
    [InlineData(@"\bé+\b", "é éa ééé", "<é> éa <ééé>")]
    [InlineData("[]a]+", "]a[", "<]a>[")]
    [InlineData("[^]]", "]a", "]<a>")]
    [InlineData("[a-]+", "a-b", "<a->b")]
    [InlineData(@"[\w-x]+", "a-x", "<a-x>")]
    [InlineData("[a-z&&[^aeiou]]+", "abcde", "a<bcd>e")]
    [InlineData(@"[\p{L}&&[^\x{4e00}-\u9fff]]+", "ab中cd", "<ab>中<cd>")]
    [InlineData("[[:digit:]x]+", "12x٣y", "<12x٣>y")]
    [InlineData(@"\p{^L}+", "a1 b", "a<1 >b")]
    [InlineData(@"\P{L}+", "a1 b", "a<1 >b")]
    [InlineData(@"\p{Uppercase_Letter}", "aB", "a<B>")]
    [InlineData(@"\x41\x{1F600}\t", "A😀\t", "<A😀\t>")]
    [InlineData(@"\p{L}+", "a𝒜𠀀9", "<a𝒜𠀀>9")]
    [InlineData(@"\s+", "a\u0085\u180E\u2028b", "a<\u0085>\u180E<\u2028>b")]
    [InlineData("x*", "axb", "<>a<x>b<>")]
    [InlineData(".", "a\n😀", "<a>\n<😀>")]
    [InlineData("(?m:.)", "\n", "<\n>")]
    [InlineData("", "ab", "<>a<>b<>")]
    public void Expressions_match_as_Oniguruma_matches_them(string pattern, string text, string expected) =>
        Assert.Equal(expected, Pieces(pattern, text));

    [Theory]
    [InlineData("'ſ", "<'ſ>")]
    [InlineData("'S", "<'S>")]
    [InlineData("I'LL", "<I><'LL>")]
    public void Contractions_fold_case_by_Unicode(string text, string expected) => Assert.Equal(expected, Pieces(Llama3, text));

    [Fact]
    public void The_Kelvin_sign_is_a_k_where_case_does_not_count() => Assert.Equal("<\u212A><K><k>", Pieces("(?i:k)", "\u212AKk"));

    [Fact]
    public void The_llama_3_expression_splits_prose() =>
        Assert.Equal("<Hello><,>< world><'s>< >< ><123><45><\n\n>< x>", Pieces(Llama3, "Hello, world's  12345\n\n x"));

    [Theory]
    [InlineData("(", "a group without an end")]
    [InlineData(")", "unmatched )")]
    [InlineData("a)", "unmatched )")]
    [InlineData("[a", "a set without an end")]
    [InlineData("*", "nothing to repeat")]
    [InlineData("a|*", "nothing to repeat")]
    [InlineData(@"\p{Klingon}", "an unknown property Klingon")]
    [InlineData(@"\pL", "a property without {name}")]
    [InlineData("[[:foo:]]", "an unknown class foo")]
    [InlineData(@"\1", @"an unknown escape \1")]
    [InlineData(@"\q", @"an unknown escape \q")]
    [InlineData("\\", "a backslash at the end")]
    [InlineData("[z-a]", "a reversed range")]
    [InlineData("a{3,2}", "an interval that is reversed or above 100000")]
    [InlineData("a{999999}", "an interval that is reversed or above 100000")]
    [InlineData("(?<=a*)b", "a look behind without a fixed width")]
    [InlineData("(?:a*)*", "a repetition of what can match nothing")]
    [InlineData("(?:a?){2}", "a repetition of what can match nothing")]
    [InlineData("(?R)", "an unknown kind of group")]
    [InlineData(@"\x{110000}", "a wrong hexadecimal number")]
    [InlineData(@"\xff", "\\x of a byte that is no character")]
    [InlineData("(?:(?:(?:ab){999}){999}){999}", "more than 65536 instructions")]
    public void What_is_not_understood_is_refused(string pattern, string reason)
    {
        PatternException exception = Assert.Throws<PatternException>(() => Pattern.Compile(pattern));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_and_long_expressions_are_refused()
    {
        Assert.Throws<PatternException>(() => Pattern.Compile(new string('(', 5000) + new string(')', 5000)));
        Assert.Throws<PatternException>(() => Pattern.Compile(new string('[', 5000)));
        Assert.Throws<PatternException>(() => Pattern.Compile(new string('a', 20000)));
    }

    [Theory]
    [InlineData("a*b|a", 1_000_000)]
    [InlineData("a+b", 1_000_000)]
    [InlineData("a++b", 1_000_000)]
    [InlineData("(?:a|aa)+b", 20_000)]
    [InlineData("(?:aa|a)*?b", 20_000)]
    public void Expressions_that_blow_up_elsewhere_take_linear_time_here(string pattern, int length)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', length));
        long covered = 0;
        foreach (PatternPiece piece in Pattern.Compile(pattern).Split(text))
        {
            covered += piece.Length;
        }

        Assert.Equal(length, covered);
    }

    [Theory]
    [InlineData("(?=a*)a")]
    [InlineData("(?:a+)+b")]
    [InlineData("(?:aa?){300}b")]
    public void What_takes_too_many_steps_ends_at_the_budget(string pattern)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 50_000));
        PatternException exception = Assert.Throws<PatternException>(() =>
        {
            foreach (PatternPiece _ in Pattern.Compile(pattern).Split(text))
            {
            }
        });
        Assert.Contains("steps in a text of 50000 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Llama3, "a")]
    [InlineData(Llama3, " ")]
    [InlineData(Llama3, "\n")]
    [InlineData(Llama3, "'")]
    [InlineData(Gpt2, "中")]
    [InlineData(Gpt4o, "A")]
    [InlineData(Gpt4o, "中")]
    [InlineData(Gpt4o, "'")]
    [InlineData(Gpt4o, "\u0301")]
    public void Ten_megabytes_of_one_character_are_split_in_full(string pattern, string character)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, 10_000_000 / Encoding.UTF8.GetByteCount(character))));
        int end = 0;
        foreach (PatternPiece piece in Pattern.Compile(pattern).Split(text))
        {
            Assert.Equal(end, piece.Start);
            end += piece.Length;
        }

        Assert.Equal(text.Length, end);
    }

    [Fact]
    public void Malformed_bytes_are_replacement_characters_of_length_one()
    {
        byte[] text = [(byte)'a', 0xC3, 0xE2, 0x82, 0xF0, 0x9F, 0x98, 0xED, 0xA0, 0x80, 0xFF, (byte)'b'];
        List<int> lengths = [];
        foreach (PatternPiece piece in Pattern.Compile(@"\x{FFFD}").Split(text))
        {
            lengths.Add(piece.IsMatch ? piece.Length : -piece.Length);
        }

        Assert.Equal([-1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1], lengths);
    }

    [Theory]
    [InlineData(Llama3)]
    [InlineData(Gpt2)]
    [InlineData(Gpt4o)]
    [InlineData(@"[\w]+|\d")]
    [InlineData(@"\w+")]
    [InlineData(@"\b.")]
    [InlineData(@"\W+?")]
    [InlineData(@"[^\W\d]+")]
    [InlineData("[[:word:]]+|[[:punct:]]")]
    [InlineData("(?i)[a-zß]+s|hello|k")]
    [InlineData(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|\p{N}{1,3}+|\s++$|\s*[\r\n]|\s+(?!\S)|\s")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s")]
    [InlineData("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+")]
    [InlineData("^.|.$")]
    [InlineData(@"(?<=\p{L})\p{M}+|(?<!\s)\p{P}")]
    [InlineData(@"\p{Lu}?\p{Ll}*+\p{N}{2,3}?")]
    [InlineData(@"[\p{L}&&[^a-z]]+")]
    [InlineData(@"[^a-m&&\p{L}]")]
    [InlineData(@"(?>\p{L}+|a)(?!b)")]
    [InlineData(@"(?x) \p{L} + # letters
        | \d ")]
    public void Expressions_split_hostile_texts_as_Oniguruma_does(string pattern)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(TestTokenizerJson.Make(preTokenizer: $$$"""{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern)}}}},"behavior":"Isolated","invert":false}"""));
        string[] texts = HostileStrings.Make(800, 6);
        string[][] expected = peer.Split(texts);
        Pattern mine = Pattern.Compile(pattern);
        for (int i = 0; i < texts.Length; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(texts[i]);
            List<string> pieces = [];
            foreach (PatternPiece piece in mine.Split(bytes))
            {
                if (piece.Length > 0)
                {
                    pieces.Add(Encoding.UTF8.GetString(bytes.AsSpan(piece.Start, piece.Length)));
                }
            }

            Assert.Equal(expected[i], pieces);
        }
    }

    [Fact]
    public void Random_expressions_split_as_Oniguruma_does()
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        Random random = new(2);
        for (int round = 0; round < 1000; round++)
        {
            string pattern = RandomExpression(random, 3);
            Pattern mine;
            try
            {
                mine = Pattern.Compile(pattern);
            }
            catch (PatternException exception) when (exception.Message.Contains("nothing", StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                peer.LoadJson(TestTokenizerJson.Make(preTokenizer: $$$"""{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern)}}}},"behavior":"Isolated","invert":false}"""));
            }
            catch (InvalidOperationException exception) when (exception.Message.Contains("target of repeat operator is invalid", StringComparison.Ordinal))
            {
                continue; // a repeated look, which Oniguruma refuses
            }

            string[] texts = [.. Enumerable.Range(0, 8).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => "aabbcé中\n Bſ"[random.Next(11)])))];
            string[][] expected = peer.Split(texts);
            for (int i = 0; i < texts.Length; i++)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(texts[i]);
                List<string> pieces = [];
                foreach (PatternPiece piece in mine.Split(bytes))
                {
                    if (piece.Length > 0)
                    {
                        pieces.Add(Encoding.UTF8.GetString(bytes.AsSpan(piece.Start, piece.Length)));
                    }
                }

                Assert.True(expected[i].SequenceEqual(pieces), $"/{pattern}/ on {texts[i]}: Oniguruma {string.Join('|', expected[i])}, found {string.Join('|', pieces)}");
            }
        }
    }

    [Fact]
    public void Random_expressions_match_as_the_framework_matches_them()
    {
        Random random = new(1);
        for (int round = 0; round < 8_000; round++)
        {
            string pattern = RandomExpression(random, 3);
            string text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => "aabbcé中\n "[random.Next(9)]));
            Pattern mine;
            try
            {
                mine = Pattern.Compile(pattern);
            }
            catch (PatternException exception) when (exception.Message.Contains("nothing", StringComparison.Ordinal))
            {
                continue;
            }

            Regex peer = new(@"\G(?:" + pattern + ")", RegexOptions.CultureInvariant);
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            for (int start = 0; start <= text.Length; start++)
            {
                Match expected = peer.Match(text, start);
                int length = mine.Match(bytes, Encoding.UTF8.GetByteCount(text.AsSpan(0, start)));
                string found = length < 0 ? "no match" : Encoding.UTF8.GetString(bytes.AsSpan(Encoding.UTF8.GetByteCount(text.AsSpan(0, start)), length));
                Assert.True(found == (expected.Success ? expected.Value : "no match"), $"/{pattern}/ on {text} at {start}: {found}, the framework {expected}");
            }
        }
    }

    static string RandomExpression(Random random, int depth) => random.Next(depth == 0 ? 4 : 12) switch
    {
        0 => "abcé"[random.Next(4)].ToString(),
        1 => new[] { "[ab]", "[^a]", @"\p{L}", @"\s", @"\S", "[^\\s\\p{L}]", "(?i:B)" }[random.Next(7)],
        2 => "ab",
        3 => "中",
        4 or 5 => RandomExpression(random, depth - 1) + RandomExpression(random, depth - 1),
        6 => $"(?:{RandomExpression(random, depth - 1)}|{RandomExpression(random, depth - 1)})",
        7 or 8 => $"(?:{RandomExpression(random, depth - 1)}){new[] { "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?" }[random.Next(9)]}",
        9 => $"(?{"=!>"[random.Next(3)]}{RandomExpression(random, depth - 1)})",
        10 => $"(?<{"=!"[random.Next(2)]}{new[] { "a", "[ab]c", "中|ab" }[random.Next(3)]})",
        _ => $"{new[] { "a", "[ab]", @"\p{L}", "[^a]" }[random.Next(4)]}{new[] { "*", "+", "?", "*?", "+?", "{1,2}" }[random.Next(6)]}",
    };
}
