using System.Text;
using System.Text.Json;
using Millrace.Tokenization.HuggingFace;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Each normalizer and pre-tokenizer for itself, compared with Hugging Face's library.</summary>
public sealed class PeerComponentTests
{
    [Theory]
    [InlineData("""{"type":"Lowercase"}""")]
    [InlineData("""{"type":"StripAccents"}""")]
    [InlineData("""{"type":"Nmt"}""")]
    [InlineData("""{"type":"ByteLevel"}""")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""")]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""")]
    [InlineData("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""")]
    [InlineData("""{"type":"Replace","pattern":{"String":"."},"content":"\\1$0"}""")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"\\s*$"},"content":"|"}""")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"x*"},"content":"-"}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":false,"lowercase":false}""")]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":true,"lowercase":false}""")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"},{"type":"Replace","pattern":{"Regex":"\\p{Han}"},"content":" "}]}""")]
    public void Normalizers_change_texts_as_Hugging_Face_does(string description)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(TestTokenizerJson.Make(normalizer: description));
        NormalizerChain chain = new(NormalizerReader.Read(Value(description)));
        string[] texts = Texts();
        string[] expected = peer.Normalize(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            bool atStart = true;
            Assert.Equal(expected[i], Encoding.UTF8.GetString(chain.Normalize(Encoding.UTF8.GetBytes(texts[i]), ref atStart)));
        }
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""")]
    [InlineData("""{"type":"Whitespace"}""")]
    [InlineData("""{"type":"WhitespaceSplit"}""")]
    [InlineData("""{"type":"BertPreTokenizer"}""")]
    [InlineData("""{"type":"Digits","individual_digits":true}""")]
    [InlineData("""{"type":"Digits","individual_digits":false}""")]
    [InlineData("""{"type":"Punctuation"}""")]
    [InlineData("""{"type":"Punctuation","behavior":"Removed"}""")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithPrevious"}""")]
    [InlineData("""{"type":"Punctuation","behavior":"MergedWithNext"}""")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"e"}""")]
    [InlineData("""{"type":"FixedLength","length":3}""")]
    [InlineData("""{"type":"UnicodeScripts"}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false}""")]
    [InlineData("""{"type":"Metaspace","replacement":"_","prepend_scheme":"never","split":true}""")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\s"},"behavior":"Removed","invert":false}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\s"},"behavior":"Contiguous","invert":false}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\s"},"behavior":"MergedWithPrevious","invert":false}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\s"},"behavior":"MergedWithNext","invert":false}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Removed","invert":true}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\p{L}"},"behavior":"Contiguous","invert":true}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\p{L}"},"behavior":"MergedWithPrevious","invert":true}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\p{L}"},"behavior":"MergedWithNext","invert":true}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"l*"},"behavior":"MergedWithNext","invert":false}""")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"l*"},"behavior":"MergedWithPrevious","invert":true}""")]
    [InlineData("""{"type":"Split","pattern":{"String":" "},"behavior":"Isolated","invert":false}""")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation","behavior":"Isolated"},{"type":"Digits","individual_digits":true},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]}""")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|[^\\p{L}]"},"behavior":"Removed","invert":true},{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}]}""")]
    public void Pre_tokenizers_cut_texts_as_Hugging_Face_does(string description)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(TestTokenizerJson.Make(preTokenizer: description));
        TextSplitter[] splitters = SplitterReader.Read(Value(description));
        string[] texts = Texts();
        string[][] expected = peer.Split(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(expected[i], Cut(splitters, texts[i]));
        }
    }

    [Fact]
    public void Tables_of_SentencePiece_replace_as_in_Hugging_Face()
    {
        string description = $$"""{"type":"Precompiled","precompiled_charsmap":"{{CharactersMap.Make(
            ("a", "b"), ("ab", "never"), ("ﬁ", "fi"), ("½", "1/2"), ("e\u0301", "é"), ("\u3000", " "), ("\uFF76\uFF9E", "ガ"), ("\u200D", ""), ("🇩", "D"), ("\r\n", "\n"), ("\t", ""))}}"}""";
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(TestTokenizerJson.Make(normalizer: description));
        NormalizerChain chain = new(NormalizerReader.Read(Value(description)));
        string[] texts = HostileStrings.Make(4000, 10);
        string[] expected = peer.Normalize(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            bool atStart = true;
            Assert.Equal(expected[i], Encoding.UTF8.GetString(chain.Normalize(Encoding.UTF8.GetBytes(texts[i]), ref atStart)));
        }
    }

    static List<string> Cut(TextSplitter[] splitters, string text)
    {
        TextPieces pieces = new();
        pieces.Add(Encoding.UTF8.GetBytes(text), atStart: true);
        foreach (TextSplitter splitter in splitters)
        {
            TextPieces next = new();
            for (int i = 0; i < pieces.Count; i++)
            {
                splitter.Split(pieces.Text(pieces[i]), pieces[i].AtStart, next);
            }

            pieces = next;
        }

        return [.. Enumerable.Range(0, pieces.Count).Select(i => Encoding.UTF8.GetString(pieces.Text(pieces[i])))];
    }

    static JsonValue Value(string description) => new("test", "part", JsonDocument.Parse(description).RootElement);

    /// <summary>Every code point between letters, and hostile texts.</summary>
    static string[] Texts()
    {
        IEnumerable<string> all = Enumerable.Range(0, 0x20000 / 256).Select(block => string.Concat(Enumerable.Range(block * 256, 256).Where(Rune.IsValid).Select(code => "a" + new Rune(code))));
        return [.. all.Where(text => text.Length > 0), .. HostileStrings.Make(800, 8)];
    }
}
