using System.Diagnostics;
using System.Text;
using Millrace.Formats;
using Millrace.Tokenization;

namespace Millrace.Tests.Tokenization;

public class TokenizerTests
{
    static readonly int[] Control = [3, 3, 4, 3];

    [Theory]
    [InlineData("llama-bpe", "<|eot_id|>")]
    [InlineData("llama-bpe", "<|start_header_id|>system<|end_header_id|>")]
    [InlineData("qwen2", "<|im_start|>system\n<|im_end|>")]
    [InlineData("llama-spm", "<s>[INST]</s>")]
    [InlineData("phi-3", "<|system|>x<|end|>")]
    [InlineData("gpt-2", "<|endoftext|>")]
    [InlineData("bert-bge", "[CLS] [SEP]")]
    public void Control_tokens_in_a_text_are_text_unless_asked_for(string name, string text)
    {
        Tokenizer tokenizer = Open(name);
        Assert.DoesNotContain(tokenizer.Encode(text, addSpecial: false), tokenizer.IsSpecial);
        Assert.Contains(tokenizer.Encode(text, addSpecial: false, parseSpecial: true), tokenizer.IsSpecial);
    }

    [Theory]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("gpt-2")]
    [InlineData("deepseek-coder")]
    public void A_byte_level_vocabulary_gives_every_text_back(string name)
    {
        Tokenizer tokenizer = Open(name);
        HostileText texts = new(5);
        for (int i = 0; i < 500; i++)
        {
            byte[] text = texts.Next();
            List<int> ids = [];
            tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: false);
            Assert.Equal(text, ids.SelectMany(id => tokenizer.TokenBytes(id).ToArray()));
        }
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    public void SentencePiece_gives_every_text_back_after_a_space(string name)
    {
        Tokenizer tokenizer = Open(name);
        HostileText texts = new(6) { Malformed = true };
        for (int i = 0; i < 500; i++)
        {
            // ▁ itself comes back as the space it spells.
            byte[] text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(texts.Next()).Replace('▁', ' '));
            List<int> ids = [];
            tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: false);
            Assert.Equal([(byte)' ', .. text], ids.SelectMany(id => tokenizer.TokenBytes(id).ToArray()));
        }
    }

    [Theory]
    [InlineData("bert-bge", "a")]
    [InlineData("bert-bge", "中")]
    [InlineData("deepseek-coder", "a")]
    [InlineData("deepseek-coder", "é")]
    [InlineData("gpt-2", " ")]
    [InlineData("llama-bpe", "a")]
    [InlineData("llama-bpe", "\n")]
    [InlineData("llama-bpe", "!")]
    [InlineData("llama-spm", "a")]
    [InlineData("llama-spm", " ")]
    [InlineData("phi-3", "\u0301")]
    [InlineData("qwen2", "1")]
    [InlineData("qwen2", "🦙")]
    [InlineData("starcoder", "Z")]
    public void A_megabyte_of_one_character_takes_linear_time(string name, string character)
    {
        Tokenizer tokenizer = Open(name);
        byte[] text = Encoding.UTF8.GetBytes(new StringBuilder().Insert(0, character, (1 << 20) / Encoding.UTF8.GetByteCount(character)).ToString());
        List<int> ids = [];
        tokenizer.Encode(text.AsSpan(0, 1 << 16), ids, addSpecial: false, parseSpecial: false);
        Stopwatch watch = Stopwatch.StartNew();
        tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: true);

        // Measured 0.02 to 0.7 s; quadratic time would be minutes.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    public static TheoryData<string> PreTokenizers =>
        [.. Conformance.TokenizerConformanceTests.PreTokenizers.Select(row => row.Data).DistinctBy(name => string.Join('\n', PreTokenizerDefinition.Find(name)!.Patterns))];

    [Theory]
    [MemberData(nameof(PreTokenizers))]
    public void Every_pre_tokenizer_splits_repeated_units_in_linear_time(string pre)
    {
        Tokenizer tokenizer = Tokenizer.FromModel(VocabularyFile.BytePair(["y z"]).Set("pre", pre));
        foreach (string unit in (string[])["a", " ", "\n", " \n", "'", "'s", "中", "é", "1", "!", "a1", "A a", "\u0301", "a\u0301", "aA", "\r\n", " a", "\u3000", "! ", "a ", "١", "\U00010D50"])
        {
            byte[] text = Encoding.UTF8.GetBytes(new StringBuilder().Insert(0, unit, 10_000).ToString());
            List<int> ids = [];
            Stopwatch watch = Stopwatch.StartNew();
            tokenizer.Encode(text, ids, addSpecial: false, parseSpecial: false);
            Assert.Equal(text, ids.Select(id => (byte)tokenizer.TokenBytes(id)[0]));
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        }
    }

    [Fact]
    public void Threads_share_a_tokenizer()
    {
        Tokenizer tokenizer = Open("llama-spm");
        Tokenizer fresh = Open("llama-spm");
        string[] texts = [.. Enumerable.Range(0, 200).Select(seed => Encoding.UTF8.GetString(new HostileText(seed).Next()))];
        List<int>[] expected = [.. texts.Select(text => fresh.Encode(text))];
        List<int>[] ids = new List<int>[texts.Length];
        Parallel.For(0, texts.Length, i => ids[i] = tokenizer.Encode(texts[i]));
        Assert.Equal(expected, ids);
    }

    [Theory]
    [InlineData("a<c>b", false, "97 60 99 62 98")]
    [InlineData("a<c>b", true, "97 256 98")]
    [InlineData("<c><c>", true, "256 256")]
    [InlineData("a<u>b", false, "97 258 98")]
    [InlineData("<<c>>", true, "60 256 62")]
    [InlineData("<cc>c>", true, "257 99 62")]
    [InlineData("x<c", true, "120 60 99")]
    public void Names_of_special_tokens_split_a_text(string text, bool parseSpecial, string expected)
    {
        VocabularyFile file = VocabularyFile.BytePair(["y z"], "<c>", "<cc>", "<u>", "</s>").Set("token_type", (int[])[.. Enumerable.Repeat(1, 256), .. Control]);
        Assert.Equal(expected, string.Join(' ', Tokenizer.FromModel(file).Encode(text, addSpecial: false, parseSpecial)));
    }

    [Theory]
    [InlineData("Phi-3-mini", "a <c> \n b", "97 32 256 98")]
    [InlineData("Phi-3-mini", "<c> ", "256")]
    [InlineData("Phi-3-mini", "<c> <c>x", "256 256 120")]
    [InlineData("Phi-4", "a <c> \n b", "97 32 256 32 10 32 98")]
    public void Special_tokens_of_phi_3_swallow_the_whitespace_after_them(string model, string text, string expected)
    {
        VocabularyFile file = VocabularyFile.BytePair(["y z"], "<c>").Set("token_type", (int[])[.. Enumerable.Repeat(1, 256), 3]).Set("general.name", model);
        Assert.Equal(expected, string.Join(' ', Tokenizer.FromModel(file).Encode(text, addSpecial: false, parseSpecial: true)));
    }

    [Theory]
    [InlineData("<|im_end|>,<|endoftext|>", "256 257")]
    [InlineData("<|end|>", "256")]
    [InlineData("<|return|>,<|call|>,<|end|>", "256 257")]
    [InlineData("<|flush|>,<|calls|>,<|end|>", "256 257")]
    [InlineData("<|tool_response>,</s>", "256")]
    [InlineData("</s>", "256")]
    [InlineData("<|fim_pad|>,<|fim_repo|>,<|file_sep|>,<|fim_prefix|>", "256 257 258")]
    [InlineData("plain", "")]
    public void Tokens_that_end_an_answer_are_known_by_name(string names, string expected)
    {
        VocabularyFile file = VocabularyFile.BytePair(["y z"], names.Split(',')).Without("eos_token_id").Set("eos_token_id", 7u);
        Tokenizer tokenizer = Tokenizer.FromModel(file);
        Assert.Equal(expected, string.Join(' ', tokenizer.EndOfGeneration.Except([7]).Order()));
        Assert.True(tokenizer.IsEndOfGeneration(7));
    }

    [Theory]
    [InlineData(false, "259 260")]
    [InlineData(true, "1 259 260 2")]
    public void The_file_says_which_tokens_go_around_a_text(bool addSpecial, string expected)
    {
        VocabularyFile file = VocabularyFile.SentencePiece(("▁a", 1), ("b", 0), ("▁", 0), ("a", 0)).Set("add_eos_token", true);
        Assert.Equal(expected, string.Join(' ', Tokenizer.FromModel(file).Encode("ab", addSpecial)));
    }

    [Theory]
    [InlineData("aaaa", "262 262")]
    [InlineData("aaa", "262 260")]
    [InlineData("abab", "263 261")]
    public void Of_equal_scores_the_leftmost_merges_first(string text, string expected)
    {
        VocabularyFile file = VocabularyFile.SentencePiece(("▁", 0), ("a", 0), ("b", 0), ("aa", -1), ("aba", -2), ("ab", -3), ("ba", -3)).Set("add_space_prefix", false);
        Assert.Equal(expected, string.Join(' ', Tokenizer.FromModel(file).Encode(text, addSpecial: false)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("default")]
    public void Without_a_pre_tokenizer_the_default_one_splits(string? pre)
    {
        // It keeps punctuation and digits in threes apart, which gpt-2 does not.
        VocabularyFile file = VocabularyFile.BytePair(["1 2", "3 4", "! a"], "12", "34", "!a");
        VocabularyFile named = pre is null ? file.Without("pre") : file.Set("pre", pre);
        Assert.Equal([256, 51, 52, 33, 97], Tokenizer.FromModel(named).Encode("1234!a", addSpecial: false));
    }

    [Fact]
    public void Words_in_the_list_of_pieces_decode_into_the_text()
    {
        Tokenizer tokenizer = Open("llama-bpe");
        Assert.Equal("Hello, y'all! 😁 ÄÖ", tokenizer.Decode(tokenizer.Encode("Hello, y'all! 😁 ÄÖ")));
    }

    static Tokenizer Open(string name) => Tokenizer.Open(SharedData.Require("data", "vocab", $"ggml-vocab-{name}.gguf"));
}
