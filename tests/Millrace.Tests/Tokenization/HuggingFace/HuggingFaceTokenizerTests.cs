using System.Text;
using Millrace.Formats;
using Millrace.Tokenization;
using Millrace.Tokenization.HuggingFace;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.HuggingFace;

public sealed class HuggingFaceTokenizerTests
{
    [Theory]
    [InlineData("bpe", "abcab", "1 11 9 2", "abc ab")]
    [InlineData("bpe", "a bca", "1 3 6 10 3 2", "a   bc a")]
    [InlineData("bpe", "aaaaa", "1 12 13 2", "aa aaa")]
    [InlineData("bpe", "xé", "1 0 8 2", "é")]
    [InlineData("bpe", "x<mask>x a", "1 0 277 3 2", "<mask>x a")]
    [InlineData("bpe that ignores merges", "xyz", "18", "xyz")]
    [InlineData("bpe that ignores merges", "abcabc", "19", "abcabc")]
    [InlineData("bpe that fuses unknowns", "axxb xx", "3 0 4 0", "a <unk> b <unk>")]
    [InlineData("bpe with bytes", "aé😀", "3 8 260 179 172 148", "aé😀")]
    [InlineData("bpe without unknown", "ab x", "9 7", "ab ▁")]
    [InlineData("bpe with affixes", "ABA ab b", "9 3 9 8", "ab ##a</w> ab b</w>")]
    [InlineData("wordpiece", "Ababc 中É!", "1 16 8 15 17 12 2", "ababc 中 e!")]
    [InlineData("wordpiece", "abababababababab a", "1 0 3 2", "a")]
    [InlineData("wordlevel", "ab a q", "7 0 0", "ab")]
    [InlineData("unigram", "ab abc xxa", "1 5 6 8 6 0 3 2", "ab abc a")]
    [InlineData("unigram with bytes", "aaé½", "13 12 66 243 146 149 67", "aa é <0x31> <0xE2> <0x81> <0x84> <0x32>")]
    [InlineData("unigram at the start alone", "ab", "5", "ab")]
    [InlineData("unigram at the start alone", "  ab", "276 5", "   ab")]
    [InlineData("unigram at the start alone", "<s>ab", "1 5", "ab")]
    [InlineData("byte-level normalizer", "aab aé", "256 98 258 259", "aab aé")]
    public void Ids_and_texts_follow_from_the_file(string name, string text, string ids, string decoded)
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All[name]);
        List<int> encoded = tokenizer.Encode(text, addSpecial: true, parseSpecial: true);
        Assert.Equal(ids, string.Join(' ', encoded));
        Assert.Equal(decoded, tokenizer.Decode(encoded));
    }

    [Fact]
    public void Text_is_never_taken_for_control_tokens_unless_asked()
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["bpe"]);
        Assert.DoesNotContain(1, tokenizer.Encode("a<s>b", addSpecial: false));
        Assert.Equal([3, 1, 4], tokenizer.Encode("a<s>b", addSpecial: false, parseSpecial: true));

        // <mask>x is an added token, but not a special one.
        Assert.Equal([3, 277], tokenizer.Encode("a<mask>x", addSpecial: false));
    }

    [Theory]
    [InlineData("bpe")]
    [InlineData("wordpiece")]
    [InlineData("unigram")]
    [InlineData("bpe that ignores merges")]
    [InlineData("bpe whose merges make control tokens")]
    [InlineData("wordlevel of control tokens")]
    public void Messages_cannot_forge_control_tokens(string name)
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All[name]);
        RenderedPrompt prompt = new("<s>a<s></s>b</s>", [new(0, 3, true), new(3, 9, false), new(12, 4, true)]);
        List<int> ids = tokenizer.Encode(prompt);
        Assert.Equal(1, ids[0]);
        Assert.Equal(2, ids[^1]);
        Assert.Single(ids, 1);
        Assert.Single(ids, 2);

        // A name that begins in one's text and ends in the other's is nobody's.
        RenderedPrompt split = new("<s>a<s></s>", [new(0, 5, true), new(5, 2, false), new(7, 4, true)]);
        Assert.Single(tokenizer.Encode(split), 1);
        Assert.DoesNotContain(1, tokenizer.Encode("<s>", addSpecial: false, parseSpecial: false));
    }

    [Fact]
    public void Roles_come_from_the_files_beside_it()
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["bpe"],
            ("tokenizer_config.json", """{"bos_token":{"content":"<s>"},"eos_token":"</s>","unk_token":null,"pad_token":"missing"}"""),
            ("special_tokens_map.json", """{"unk_token":"<unk>","eos_token":"<unk>"}"""),
            ("generation_config.json", """{"eos_token_id":[2,3,99999]}"""));
        Assert.Equal(1, tokenizer.Special.Bos);
        Assert.Equal(2, tokenizer.Special.Eos);
        Assert.Equal(0, tokenizer.Special.Unknown);
        Assert.Null(tokenizer.Special.Padding);
        Assert.True(tokenizer.Special.AddBos);
        Assert.True(tokenizer.Special.AddEos);
        Assert.Equal([2, 3], tokenizer.EndOfGeneration.Order());
        Assert.True(tokenizer.IsSpecial(1));
        Assert.False(tokenizer.IsSpecial(3));
    }

    [Fact]
    public void A_folder_is_opened_as_a_tokenizer()
    {
        string folder = Directory.CreateTempSubdirectory("millrace-tokenizer-").FullName;
        try
        {
            ModelFormatException missing = Assert.Throws<ModelFormatException>(() => Tokenizer.Open(folder));
            Assert.Contains("expected tokenizer.json, found none", missing.Message, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), SmallTokenizers.All["bpe"]);
            Assert.Equal([9], Tokenizer.Open(folder).Encode("ab", addSpecial: false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_first_word_loses_its_space_also_in_a_stream()
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["bpe with bytes"]);
        Detokenizer detokenizer = new(tokenizer);
        StringBuilder text = new();
        foreach (int id in (int[])[15, 15, 4])
        {
            detokenizer.Append(id, text);
        }

        Assert.Equal("a ab", text.ToString());
    }

    [Fact]
    public void Malformed_bytes_are_replacement_characters()
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["bpe with bytes"]);
        List<int> ids = [];
        tokenizer.Encode([(byte)'a', 0xE2, 0x82, 0xFF, (byte)'b'], ids, addSpecial: false, parseSpecial: false);
        Assert.Equal("a\uFFFD\uFFFDb", tokenizer.Decode(ids));
    }

    [Theory]
    [InlineData("bpe", "a")]
    [InlineData("bpe", " ")]
    [InlineData("bpe", "<")]
    [InlineData("bpe with affixes", "a")]
    [InlineData("wordpiece", "a")]
    [InlineData("wordlevel", "a")]
    [InlineData("unigram", "a")]
    [InlineData("unigram", " ")]
    [InlineData("byte-level normalizer", "é")]
    public void Megabytes_of_one_character_take_linear_time_and_no_recursion(string name, string character)
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All[name]);
        List<int> ids = [];
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, 2_000_000)));
        long before = Environment.TickCount64;
        tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: true);
        Assert.NotEmpty(ids);
        Assert.InRange(Environment.TickCount64 - before, 0, 30_000);
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["byte-level normalizer"]);
        string[] texts = HostileStrings.Make(500, 11);
        List<int>[] expected = Array.ConvertAll(texts, text => tokenizer.Encode(text));
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < texts.Length; i++)
            {
                Assert.Equal(expected[i], tokenizer.Encode(texts[i]));
            }
        });
    }
}
