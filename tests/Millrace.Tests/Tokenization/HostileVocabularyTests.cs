using Millrace.Formats;
using Millrace.Tokenization;

namespace Millrace.Tests.Tokenization;

/// <summary>A vocabulary that cannot be used is refused by a message that says why; one that is merely odd has defined ids.</summary>
public class HostileVocabularyTests
{
    static readonly Dictionary<string, (Func<VocabularyFile> Make, string Message)> Refused = new()
    {
        ["no model"] = (() => Spm().Without("model"), "tokenizer.ggml.model: expected a string, found no such key"),
        ["unknown model"] = (() => Spm().Set("model", "t6"), "tokenizer.ggml.model: expected gpt2, llama, bert or t5, found \"t6\""),
        ["no tokens"] = (() => Spm().Without("tokens"), "tokenizer.ggml.tokens: expected an array of strings, found no such key"),
        ["tokens that are numbers"] = (() => Spm().Set("tokens", new int[] { 1 }), "tokenizer.ggml.tokens: expected an array of strings, found 1 of Int32"),
        ["an empty list"] = (() => new VocabularyFile("llama"), "tokenizer.ggml.tokens: expected at least one token, found none"),
        ["equal tokens"] = (() => Bpe(["a b"], "ab", "xy", "ab"), "tokenizer.ggml.tokens: expected tokens that differ, found token 258 equal to token 256, \"ab\""),
        ["few types"] = (() => Spm().Set("token_type", new int[] { 2, 3, 3 }), "tokenizer.ggml.token_type: expected 260 types, one a token, found 3"),
        ["no scores"] = (() => Spm().Without("scores"), "tokenizer.ggml.scores: expected 260 scores, one a token, found 0"),
        ["few scores"] = (() => Spm().Set("scores", new float[259]), "tokenizer.ggml.scores: expected 260 scores, one a token, found 259"),
        ["a score that is no number"] = (() => Spm(float.NaN), "tokenizer.ggml.scores: expected a number for each token, found NaN for token 259"),
        ["unknown pre-tokenizer"] = (() => Bpe(["a b"], "ab").Set("pre", "gpt-5"), "tokenizer.ggml.pre: expected the name of a known pre-tokenizer, found \"gpt-5\""),
        ["a pre-tokenizer that is a number"] = (() => Bpe(["a b"], "ab").Set("pre", 3u), "tokenizer.ggml.pre: expected a string, found UInt32 3"),
        ["no merges"] = (() => Bpe(["a b"], "ab").Without("merges"), "tokenizer.ggml.merges: expected an array of strings, found no such key"),
        ["a BOS of another type"] = (() => Spm().Set("bos_token_id", "1"), "tokenizer.ggml.bos_token_id: expected an integer, found the string \"1\""),
        ["no BOS to add"] = (() => new VocabularyFile("llama", "x").Set("scores", new float[1]), "tokenizer.ggml.bos_token_id: expected a token within the vocabulary, as add_bos_token asks for it, found none"),
        ["no EOS to add"] = (() => new VocabularyFile("llama", "x", "y").Set("scores", new float[2]).Set("add_eos_token", true), "tokenizer.ggml.eos_token_id: expected a token within the vocabulary, as add_eos_token asks for it, found none"),
        ["a flag that is a number"] = (() => Spm().Set("add_bos_token", 1u), "tokenizer.ggml.add_bos_token: expected a boolean, found UInt32 1"),
        ["a special token of 2 KB"] = (() => Spm().Set("tokens", Renamed(2, new string('x', 2048))), "tokenizer.ggml.tokens: expected special tokens of at most 1024 bytes, found token 2 of 2048"),
        ["a WordPiece token of 2 KB"] = (() => VocabularyFile.WordPiece(new string('x', 2048)), "tokenizer.ggml.tokens: expected WordPiece tokens of at most 1024 bytes, found 2048"),
        ["a table of another length"] = (() => Spm().Set("model", "t5").Set("precompiled_charsmap", new byte[] { 8, 0, 0, 0, 1, 2, 3, 4 }), "tokenizer.ggml.precompiled_charsmap: expected a trie whose size is its first four bytes, then replacements, found another length"),
        ["a table that is text"] = (() => Spm().Set("model", "t5").Set("precompiled_charsmap", "abc"), "tokenizer.ggml.precompiled_charsmap: expected an array of bytes, found String"),
        ["WordPiece without a separator"] = (() => VocabularyFile.WordPiece().Without("seperator_token_id"), "tokenizer.ggml.seperator_token_id: expected a token within the vocabulary, found none"),
        ["WordPiece without an unknown token"] = (() => VocabularyFile.WordPiece().Without("unknown_token_id"), "tokenizer.ggml.unknown_token_id: expected a token within the vocabulary, found none"),
    };

    public static TheoryData<string> Names => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vocabulary_is_refused_by_name(string name)
    {
        (Func<VocabularyFile> make, string message) = Refused[name];
        ModelFormatException refusal = Assert.Throws<ModelFormatException>(() => Tokenizer.FromModel(make()));
        Assert.Equal("test.gguf: " + message, refusal.Message);
    }

    [Theory]
    [InlineData("a b", "ab", 256)]
    [InlineData("a  b", "ab", 97, 98)]
    [InlineData("ab", "ab", 97, 98)]
    [InlineData(" a b", "ab", 97, 98)]
    [InlineData("☃ b", "ab", 97, 98)]
    [InlineData("a ", "ab", 97, 98)]
    [InlineData("", "ab", 97, 98)]
    public void A_merge_that_cannot_apply_is_passed_over(string merge, string text, params int[] expected) =>
        Assert.Equal(expected, Tokenizer.FromModel(Bpe([merge], "ab")).Encode(text, addSpecial: false));

    [Fact]
    public void A_merge_into_no_token_falls_apart_into_bytes_and_may_merge_on()
    {
        Tokenizer tokenizer = Tokenizer.FromModel(Bpe(["a b", "ab c", "d e"], "abc"));
        Assert.Equal([256], tokenizer.Encode("abc", addSpecial: false));
        Assert.Equal([97, 98], tokenizer.Encode("ab", addSpecial: false));
        Assert.Equal([100, 101], tokenizer.Encode("de", addSpecial: false));
    }

    [Fact]
    public void The_first_of_two_equal_merges_holds() =>
        Assert.Equal([257, 99], Tokenizer.FromModel(Bpe(["a b", "b c", "a b"], "bc", "ab")).Encode("abc", addSpecial: false));

    [Fact]
    public void An_empty_token_has_a_name_and_is_never_found()
    {
        Tokenizer tokenizer = Tokenizer.FromModel(Bpe(["a b"], "", "ab"));
        Assert.Equal([257, 97], tokenizer.Encode("aba", addSpecial: false));
        Assert.Equal("[EMPTY_256]", tokenizer.Decode([256]));
    }

    [Fact]
    public void A_token_of_a_megabyte_is_a_token_like_any_other()
    {
        string large = new('x', 1 << 20);
        Tokenizer tokenizer = Tokenizer.FromModel(VocabularyFile.SentencePiece((large, 1), ("x", 0), ("xx", 0.5f)));
        Assert.Equal(1 << 20, tokenizer.Piece(259).Length);
        Assert.Equal((1 << 19) + 3, tokenizer.Encode(large, addSpecial: false).Count);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(260u)]
    [InlineData(-1)]
    [InlineData(ulong.MaxValue)]
    public void A_role_outside_the_vocabulary_counts_as_none_given(object id) =>
        Assert.Equal(1, Tokenizer.FromModel(Spm().Set("bos_token_id", id)).Special.Bos);

    [Fact]
    public void A_byte_without_a_token_becomes_the_unknown_token() =>
        Assert.Equal([0, 0, 0, 3, 0], Tokenizer.FromModel(new VocabularyFile("llama", "<unk>", "<s>", "</s>", "a").Set("scores", new float[4])).Encode("ab", addSpecial: false));

    [Fact]
    public void Infinite_scores_order_merges_like_others() =>
        Assert.Equal([262, 259], Tokenizer.FromModel(VocabularyFile.SentencePiece(("a", 0), ("b", 0), ("ba", float.NegativeInfinity), ("ab", float.PositiveInfinity)).Set("add_space_prefix", false)).Encode("aba", addSpecial: false));

    static VocabularyFile Spm(float score = 0) => VocabularyFile.SentencePiece(("x", score));

    static VocabularyFile Bpe(string[] merges, params string[] tokens) => VocabularyFile.BytePair(merges, tokens);

    static Utf8Strings Renamed(int id, string name)
    {
        Utf8Strings tokens = Spm().Metadata.Strings("tokenizer.ggml.tokens");
        return VocabularyFile.Strings([.. Enumerable.Range(0, tokens.Count).Select(i => i == id ? name : tokens.Text(i))]);
    }
}
